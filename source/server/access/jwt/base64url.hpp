#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::server::jwt {

/// The bytes that the text stands for (base64url without padding, RFC 7515, section 2). Nothing unless it is exactly
/// the text that `encode_base64url` makes of them: padding, white space, `+`, `/` and left-over bits that are not zero
/// are refused, so that there is one text for each token.
[[nodiscard]] std::optional<std::string> decode_base64url(std::string_view text);

[[nodiscard]] std::string encode_base64url(std::string_view bytes);

} // namespace sluice::server::jwt
