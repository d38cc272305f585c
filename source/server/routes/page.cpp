#include "page.hpp"

#include "../web/embedded.hpp"

#include <fmt/format.h>

namespace sluice::server {

void add_page_route(router& to)
{
    // Nothing but the page's own style and script, and requests to the server that it came from; nobody frames it.
    auto const fields = fmt::format("Content-Security-Policy: default-src 'none'; script-src '{}'; style-src '{}'; "
                                    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
                                    "frame-ancestors 'none'\r\n"
                                    "X-Content-Type-Options: nosniff\r\n"
                                    "Referrer-Policy: no-referrer\r\n"
                                    "X-Frame-Options: DENY\r\n",
                                    web::script_hash, web::style_hash);
    to.add("GET", "/", [fields](route_request const& /*request*/) {
        return std::optional{reply{.status = 200,
                                   .content_type = "text/html; charset=utf-8",
                                   .body = std::string{web::document},
                                   .extra_fields = fields}};
    });
}

} // namespace sluice::server
