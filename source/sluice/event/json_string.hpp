#pragma once

#include <sluice/export.hpp>

#include <string>
#include <string_view>

namespace sluice {

/// The text as a JSON string, with its quotes (RFC 8259, section 7).
[[nodiscard]] SLUICE_EXPORT std::string json_string(std::string_view text);

} // namespace sluice
