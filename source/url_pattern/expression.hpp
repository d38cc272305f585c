#pragma once

#include <re2/re2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::url_pattern {

/// What an expression may take of memory, with what RE2 keeps to match it quickly: by the size of what it was made
/// from, so that nobody gets more than what was sent explains.
[[nodiscard]] constexpr std::int64_t memory_of(std::size_t text_size) noexcept
{
    return 64 * 1024 + 64 * static_cast<std::int64_t>(text_size);
}

/// How all expressions are read: byte by byte, quietly.
[[nodiscard]] re2::RE2::Options expression_options(std::int64_t memory);

/// Compiles an expression that was made from a text of this size. `why_not` says whether it may be used.
[[nodiscard]] std::unique_ptr<re2::RE2 const> compile_expression(std::string_view expression, std::size_t text_size);

/// The most instructions that the program of an expression may have that was made from a text of this size. Matching
/// takes at most as many steps a byte.
[[nodiscard]] constexpr int most_instructions(std::size_t text_size) noexcept
{
    return 1024 + 4 * static_cast<int>(text_size);
}

/// Why the expression, made from a text of this size, is refused; empty where it is not.
[[nodiscard]] std::string why_not(re2::RE2 const& expression, std::size_t text_size);

[[nodiscard]] bool matches_whole(re2::RE2 const& expression, std::string_view text);

} // namespace sluice::url_pattern
