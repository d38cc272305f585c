#pragma once

#include <sluice/http/problem.hpp>

#include <fmt/format.h>

#include <charconv>
#include <cstddef>
#include <string_view>

namespace sluice::server {

/// How many entries a page has where `limit` is not named, and at most.
inline constexpr std::size_t default_page = 100;
inline constexpr std::size_t largest_page = 1000;

/// Reads the parameter `limit`.
[[nodiscard]] inline expected<void> read_page_limit(std::string_view text, std::size_t& limit)
{
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), limit);
    bool const is_number = ec == std::errc{} && end == text.data() + text.size();
    if (!is_number || limit == 0 || limit > largest_page) {
        return bad_request(fmt::format("'limit' is not a number from 1 to {}", largest_page));
    }
    return {};
}

} // namespace sluice::server
