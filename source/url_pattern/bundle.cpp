#include <url_pattern/bundle.hpp>

#include <url_pattern/compiled.hpp>
#include <url_pattern/expression.hpp>

#include <algorithm>
#include <utility>

namespace sluice::url_pattern {

namespace {

/// What the automaton and its states may take for each member.
constexpr std::int64_t memory_each = 32 * 1024;

} // namespace

bundle::bundle(std::vector<member> members)
    : members_{std::move(members)},
      live_{members_.size()},
      automaton_{expression_options(memory_each * static_cast<std::int64_t>(members_.size())), re2::RE2::ANCHOR_BOTH}
{
    for (auto const& m : members_) {
        works_ = automaton_.Add(m.matcher.inner().expression, nullptr) >= 0 && works_;
    }
    works_ = automaton_.Compile() && works_;
}

bool bundle::remove(std::size_t index)
{
    auto const found = std::ranges::find(members_, index, &member::index);
    if (found == members_.end()) {
        return false;
    }
    found->index = removed;
    --live_;
    return true;
}

std::vector<bundle::member> bundle::release()
{
    std::erase_if(members_, [](member const& m) { return m.index == removed; });
    return std::move(members_);
}

void bundle::match(topic const& t, std::string_view subject, std::vector<std::size_t>& found)
{
    if (works_) {
        re2::RE2::Set::ErrorInfo error{};
        if (automaton_.Match({subject.data(), subject.size()}, &hits_, &error)) {
            for (int const hit : hits_) {
                if (auto const index = members_[static_cast<std::size_t>(hit)].index; index != removed) {
                    found.push_back(index);
                }
            }
            return;
        }
        works_ = error.kind == re2::RE2::Set::kNoError;
        if (works_) {
            return;
        }
    }
    for (auto const& m : members_) {
        if (m.index != removed && m.matcher.matches(t)) {
            found.push_back(m.index);
        }
    }
}

} // namespace sluice::url_pattern
