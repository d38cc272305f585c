#pragma once

#include <sluice/http/response_fields.hpp>

#include <fmt/format.h>

#include <string_view>

namespace sluice::server {

/// Header lines of every answer but a stream: browsers must not guess its type, nor pass on its address, which may have
/// a token in its query (W3C Referrer Policy).
inline constexpr std::string_view security_fields = "X-Content-Type-Options: nosniff\r\n"
                                                    "Referrer-Policy: no-referrer\r\n";

/// Additional fields for a page (W3C Content Security Policy 3). It may run only its own inline script and style,
/// connect only to this server, and not be shown inside another page. Script and style are given as CSP names them,
/// such as `'sha256-…'`. Images must be part of the page, as `data:`.
[[nodiscard]] inline response_fields page_fields(std::string_view script, std::string_view style)
{
    return {{"Content-Security-Policy",
             fmt::format("default-src 'none'; script-src {}; style-src {}; img-src data:; connect-src 'self'; "
                         "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                         script, style)},
            {"X-Frame-Options", "DENY"}};
}

} // namespace sluice::server
