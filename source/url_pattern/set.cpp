#include <url_pattern/set.hpp>

#include <url_pattern/bucket.hpp>
#include <url_pattern/compiled.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::url_pattern {

/// Patterns by how their subjects begin: a topic is shown only to those that begin as it does.
class set::inner {
public:
    index add(pattern p)
    {
        index which = patterns_.size();
        if (free_.empty()) {
            patterns_.push_back(nullptr);
        } else {
            which = free_.back();
            free_.pop_back();
        }
        auto const& c = p.inner();
        auto& patterns = trees_[static_cast<std::size_t>(c.matched)];
        auto found = patterns.find(c.plain.prefix());
        if (found == patterns.end()) {
            found = patterns.emplace(c.plain.prefix(), bucket{}).first;
        }
        patterns_[which] = &c;
        found->second.add({which, std::move(p)});
        return which;
    }

    void remove(index which)
    {
        auto const& c = *std::exchange(patterns_[which], nullptr);
        auto& patterns = trees_[static_cast<std::size_t>(c.matched)];
        auto const found = patterns.find(c.plain.prefix());
        found->second.remove(which); // and with it perhaps `c`
        if (found->second.empty()) {
            patterns.erase(found);
        }
        free_.push_back(which);
    }

    [[nodiscard]] std::size_t size() const noexcept { return patterns_.size() - free_.size(); }

    void match(topic const& t, std::vector<index>& found)
    {
        for (auto const matched : {subject::lines, subject::text}) {
            match_tree(trees_[static_cast<std::size_t>(matched)], t, subject_of(t, matched), found);
        }
    }

private:
    using tree = std::map<std::string, bucket, std::less<>>;

    /// All beginnings of the subject, from the longest to the shortest: what sorts last among those not behind `rest`
    /// is one, or tells how much of `rest` any of them can have.
    static void match_tree(tree& by_prefix, topic const& t, std::string_view const whole, std::vector<index>& found)
    {
        for (std::string_view rest = whole;;) {
            auto at = by_prefix.upper_bound(rest);
            if (at == by_prefix.begin()) {
                return;
            }
            --at;
            std::string_view const prefix = at->first;
            if (!rest.starts_with(prefix)) {
                auto const differ = std::ranges::mismatch(rest, prefix);
                rest = rest.substr(0, static_cast<std::size_t>(differ.in1 - rest.begin()));
                continue;
            }
            at->second.match(t, whole, found);
            if (prefix.empty()) {
                return;
            }
            rest = prefix.substr(0, prefix.size() - 1);
        }
    }

    std::array<tree, 2> trees_;
    std::vector<pattern::compiled const*> patterns_;
    std::vector<index> free_;
};

set::set() : inner_{std::make_unique<inner>()} {}
set::~set() = default;
set::set(set&& other) noexcept = default;
set& set::operator=(set&& other) noexcept = default;

set::index set::add(pattern p) { return inner_->add(std::move(p)); }
void set::remove(index which) { inner_->remove(which); }
std::size_t set::size() const noexcept { return inner_->size(); }
void set::match(topic const& t, std::vector<index>& found) const { inner_->match(t, found); }

} // namespace sluice::url_pattern
