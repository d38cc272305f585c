#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::url_pattern {

/// How far a wildcard reaches.
enum class wildcard : char {
    /// It is none.
    none = '\0',
    /// To the line's end, also no character at all.
    line = '\x01',
    /// To the line's end, one character at least.
    some = '\x02',
    /// To the next slash or the line's end, one character at least.
    path_segment = '\x03',
    /// To the next dot or the line's end, one character at least.
    host_label = '\x04',
};

/// What most patterns are, matched without an automaton: fixed text, and wildcards each of which ends where what
/// follows begins, so that there is nothing to try twice. A topic's lines have no control characters but line ends, so
/// that the fixed text stands as it is between the wildcards.
class plain_matcher {
public:
    /// Fixed text follows.
    void add(std::string_view text);
    void add(wildcard w);
    /// What follows is no such thing.
    void give_up() noexcept
    {
        gave_up_ = true;
        only_fixed_ = false;
    }

    /// Whether all that was added can be matched.
    [[nodiscard]] bool is_whole() const noexcept { return !gave_up_; }
    /// The fixed text before the first wildcard, or before what was given up at.
    [[nodiscard]] std::string_view prefix() const noexcept { return std::string_view{steps_}.substr(0, prefix_); }

    /// Whether all of the text matches, which begins with the prefix.
    [[nodiscard]] bool matches_behind_prefix(std::string_view text) const noexcept;

private:
    std::string steps_;
    std::size_t prefix_ = 0;
    bool only_fixed_ = true;
    bool gave_up_ = false;
    /// The wildcard whose end the next text must be.
    wildcard open_ = wildcard::none;
};

} // namespace sluice::url_pattern
