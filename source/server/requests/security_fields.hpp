#pragma once

#include <sluice/http/response_fields.hpp>

#include <fmt/format.h>

#include <string_view>

namespace sluice::server {

/// Header lines of every answer but a stream: it is what its `Content-Type` says, and an address, which may have a
/// token in its query, is told to nobody (W3C Referrer Policy).
inline constexpr std::string_view security_fields = "X-Content-Type-Options: nosniff\r\n"
                                                    "Referrer-Policy: no-referrer\r\n";

/// Further fields for a page (W3C Content Security Policy 3): it runs its own inline script and
/// style alone, speaks to this server alone, and is shown in no other page. Both are given as CSP names them, such as
/// `'sha256-…'`. Images can only be in the page itself, as `data:`.
[[nodiscard]] inline response_fields page_fields(std::string_view script, std::string_view style)
{
    return {{"Content-Security-Policy",
             fmt::format("default-src 'none'; script-src {}; style-src {}; img-src data:; connect-src 'self'; "
                         "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                         script, style)},
            {"X-Frame-Options", "DENY"}};
}

} // namespace sluice::server
