#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::url_pattern {

/// A URL's parts, each in the form by which URLs are compared.
struct url {
    std::string scheme;
    std::string username;
    std::string password;
    std::optional<std::string> host;
    /// Empty where it is the scheme's default.
    std::string port;
    /// With its slashes. Opaque where the URL has no hierarchy, as in `urn:a:b`.
    std::string path;
    bool opaque = false;
    /// Without `?`; empty also where there is none.
    std::string query;
    /// Without `#`; empty also where there is none.
    std::string fragment;
};

/// Parses by WHATWG URL's rules. A text without a scheme is resolved against `base` if it begins with a slash. Nothing
/// where the text is no URL, or has a domain outside ASCII. Drives in `file:` URLs (`C:`) are segments like others.
[[nodiscard]] std::optional<url> parse_url(std::string_view text, url const* base = nullptr);

/// Whether the scheme is one of `ftp`, `file`, `http`, `https`, `ws` and `wss`.
[[nodiscard]] bool is_special(std::string_view scheme) noexcept;

/// The port that a special scheme has unless another is named; empty for other schemes.
[[nodiscard]] std::string_view default_port(std::string_view scheme) noexcept;

/// The port's digits without leading zeros. Nothing where the text is no port.
[[nodiscard]] std::optional<std::string> parse_port(std::string_view text);

/// A path without dot segments, its bytes percent-encoded. For special schemes a backslash is a slash, and an empty
/// path is `/`.
[[nodiscard]] std::string parse_path(std::string_view text, std::string_view scheme);

} // namespace sluice::url_pattern
