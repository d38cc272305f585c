#pragma once

#include <url_pattern/export.hpp>
#include <url_pattern/pattern.hpp>
#include <url_pattern/topic.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace sluice::url_pattern {

/// Many patterns, of which those that match a topic are found at once: the time grows little with their number. Not for
/// several threads at once, not even for matching.
class SLUICE_URL_PATTERN_EXPORT set {
public:
    /// Names a pattern of the set, small and dense: numbers of removed patterns are given again.
    using index = std::size_t;

    /// An empty set.
    set();
    ~set();
    /// Moved from, a set can only be destroyed or assigned to.
    set(set&& other) noexcept;
    /// Likewise.
    set& operator=(set&& other) noexcept;
    set(set const&) = delete;
    set& operator=(set const&) = delete;

    /// Adds a pattern, also one that is there already. Takes a time that does not grow with the set's size, but that
    /// now and then some hundred patterns are put together.
    index add(pattern p);

    /// Removes the pattern that `add` gave this number, which is in the set.
    void remove(index which);

    /// How many patterns the set has.
    [[nodiscard]] std::size_t size() const noexcept;

    /// Appends the numbers of all patterns that match the topic, each once, in no order.
    void match(topic const& t, std::vector<index>& found) const;

private:
    class inner;

    std::unique_ptr<inner> inner_;
};

} // namespace sluice::url_pattern
