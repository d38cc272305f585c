#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

namespace sluice::url_pattern {

/// What the parsers throw at bad input, and what `compile` makes a `failure` of: a parser that is nested as deep as the
/// input reads better without a check at each step, and a pattern is compiled once.
class refused : public std::runtime_error {
public:
    refused(std::size_t at, std::string const& why) : std::runtime_error{why}, at_{at} {}

    /// The byte of the text that was being parsed.
    [[nodiscard]] std::size_t at() const noexcept { return at_; }

private:
    std::size_t at_;
};

/// The message as one line of bounded length, whatever of the input it repeats.
[[nodiscard]] std::string one_line(std::string message);

} // namespace sluice::url_pattern
