#pragma once

#include <string>
#include <string_view>

namespace sluice::url_pattern {

// How the fixed text of each component's pattern is written, so that it can be compared with URLs (URL Pattern,
// section 3.1). Each throws `refused` (the place does not matter) where the text cannot stand in that component.

[[nodiscard]] std::string canonical_protocol(std::string_view text);
[[nodiscard]] std::string canonical_credential(std::string_view text);
[[nodiscard]] std::string canonical_hostname(std::string_view text);
[[nodiscard]] std::string canonical_ipv6_hostname(std::string_view text);
[[nodiscard]] std::string canonical_port(std::string_view text);
[[nodiscard]] std::string canonical_pathname(std::string_view text);
[[nodiscard]] std::string canonical_opaque_pathname(std::string_view text);
[[nodiscard]] std::string canonical_search(std::string_view text);
[[nodiscard]] std::string canonical_hash(std::string_view text);

} // namespace sluice::url_pattern
