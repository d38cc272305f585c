#pragma once

#include <string_view>

namespace sluice::server::mercure {

/// Whether the UTF-8 text has a control character (C0, DEL, C1) or a format character (the category Cf), which Mercure
/// 1.0 allows in no topic, matcher, id or type: it would be invisible, or could not go into a header.
[[nodiscard]] bool has_forbidden_characters(std::string_view text) noexcept;

} // namespace sluice::server::mercure
