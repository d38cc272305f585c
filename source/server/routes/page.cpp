#include "page.hpp"

#include "requests/security_fields.hpp"
#include "web/embedded.hpp"

#include <fmt/format.h>

namespace sluice::server {

void add_page_route(router& to)
{
    auto const fields = page_fields(fmt::format("'{}'", web::script_hash), fmt::format("'{}'", web::style_hash));
    to.add(access::open, "GET", "/", [fields](route_request const& /*request*/) {
        return std::optional{reply{.status = 200,
                                   .content_type = "text/html; charset=utf-8",
                                   .body = std::string{web::document},
                                   .fields = fields}};
    });
}

} // namespace sluice::server
