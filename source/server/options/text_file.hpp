#pragma once

#include "options.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::server {

/// The whole text of the file, which is read for the option. Throws `option_error` that names both when it cannot be
/// read or has more than `most` bytes.
[[nodiscard]] std::string read_text(std::string_view option, std::string const& path, reading when, std::size_t most);

} // namespace sluice::server
