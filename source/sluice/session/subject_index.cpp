#include <sluice/session/subject_index.hpp>

#include <utility>

namespace sluice {

subject_ptr subject_index::get(std::string_view subject)
{
    if (subject.empty()) {
        return nullptr;
    }
    if (auto const found = groups_.find(subject); found != groups_.end()) {
        return *found;
    }
    subject_ptr made{new subject_group{subject}};
    groups_.insert(made);
    return made;
}

subject_group* subject_index::find(std::string_view subject) const noexcept
{
    auto const found = groups_.find(subject);
    return found == groups_.end() ? nullptr : found->get();
}

void subject_index::put(session& s, subject_ptr const& to) noexcept
{
    subject_ptr const from{std::exchange(s.group, to.get())};
    s.subject_hook.unlink();
    if (to) {
        to->sessions_.push_back(s);
    }
    release(from);
}

void subject_index::release(subject_ptr const& g) noexcept
{
    constexpr unsigned index_and_caller = 2;
    if (g && g->sessions_.empty() && g->use_count() == index_and_caller) {
        groups_.erase(groups_.find(g));
    }
}

} // namespace sluice
