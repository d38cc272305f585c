#pragma once

#include "options.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::server {

/// The whole text of the file that the option names. Throws `option_error`, which names both, if the file cannot be
/// read or has more than `most` bytes.
[[nodiscard]] std::string read_text(std::string_view option, std::string const& path, reading when, std::size_t most);

} // namespace sluice::server
