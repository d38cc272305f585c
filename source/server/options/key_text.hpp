#pragma once

#include "option_error.hpp"
#include "text_file.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::server {

inline constexpr std::size_t most_key_bytes = std::size_t{1} << 20U;

/// What `read` makes of the text of a file that the option names. Throws `option_error`, which names both, if it cannot
/// be used.
template <class Read>
[[nodiscard]] auto key_of(std::string_view option, std::string const& path, std::string_view text, Read read)
{
    auto result = read(text);
    if (result.has_error()) {
        throw option_error(fmt::format("{}: {} {}", option, path, result.error().text),
                           option_error::status::unreadable);
    }
    return std::move(*result);
}

/// The same, for the text of the file, which is read.
template <class Read>
[[nodiscard]] auto usable_key(std::string_view option, std::string const& path, Read read)
{
    return key_of(option, path, read_text(option, path, reading::at_start, most_key_bytes), read);
}

} // namespace sluice::server
