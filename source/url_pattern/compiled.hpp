#pragma once

#include <url_pattern/pattern.hpp>
#include <url_pattern/plain_matcher.hpp>

#include <re2/re2.h>

#include <memory>
#include <string>
#include <string_view>

namespace sluice::url_pattern {

/// Which of a topic's forms a pattern is matched with.
enum class subject { lines, text };

struct pattern::compiled {
    std::string text;
    subject matched;
    /// Has the prefix of all subjects that match, and matches them if it is whole.
    plain_matcher plain;
    /// Of the whole subject, as RE2 has it.
    std::string expression;
    /// The expression, where `plain` is not whole.
    std::unique_ptr<re2::RE2 const> automaton;
};

/// The pattern of these parts. `plain` has what can be matched without an automaton.
[[nodiscard]] outcome<pattern> finish(std::string_view text, subject matched, plain_matcher plain,
                                      std::string expression);

[[nodiscard]] inline std::string const& subject_of(topic const& t, subject which) noexcept
{
    return which == subject::lines ? t.lines() : t.text();
}

} // namespace sluice::url_pattern
