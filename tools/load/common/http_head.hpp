#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::load {

/// The value of the first header field `name` (any case) in a head, start line included; white space trimmed. It is a
/// part of `head`, also when it is empty: what follows it can be searched for more fields of that name.
std::optional<std::string_view> find_header(std::string_view head, std::string_view name);

/// `Content-Length` as a number; nothing when it is absent or not a number.
std::optional<std::uint64_t> content_length(std::string_view head);

/// ASCII comparison without regard to case.
bool equals_ignoring_case(std::string_view a, std::string_view b);

} // namespace sluice::load
