#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::url_pattern {

/// A host as URLs are compared by it (WHATWG URL, section 3.5): an IPv4 or IPv6 address in its one form, a domain in
/// lower case. Nothing where the text is no host. A domain outside ASCII is none either: its form would take Unicode's
/// IDNA tables. A label in Punycode (`xn--…`) is taken as it is written.
/// `special` says whether the URL's scheme is one of those whose hosts are domains; others' hosts are opaque.
[[nodiscard]] std::optional<std::string> parse_host(std::string_view text, bool special);

} // namespace sluice::url_pattern
