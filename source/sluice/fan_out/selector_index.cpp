#include <sluice/fan_out/selector_index.hpp>

namespace sluice {

selector_ptr selector_index::get(std::string_view name)
{
    if (auto const found = all_.find(name); found != all_.end()) {
        (*found)->keep_text();
        return *found;
    }
    selector_ptr made{new selector{name, lost_through_}};
    made->keep_text();
    all_.insert(made);
    return made;
}

selector& selector_index::get_for_newest(std::string_view name, selector* likely)
{
    if (likely == nullptr || likely->name() != name) {
        auto const found = all_.find(name);
        if (found == all_.end()) {
            selector_ptr made{new selector{name, lost_through_}};
            made->make_room();
            all_.insert(made);
            return *made;
        }
        likely = found->get();
    }
    likely->make_room();
    return *likely;
}

selector* selector_index::find(std::string_view name) const noexcept
{
    auto const found = all_.find(name);
    return found == all_.end() ? nullptr : found->get();
}

void selector_index::release(selector_ptr const& s) noexcept
{
    constexpr unsigned index_and_caller = 2;
    if (!s->has_any() && s->use_count() == index_and_caller) {
        all_.erase(all_.find(s));
    }
}

} // namespace sluice
