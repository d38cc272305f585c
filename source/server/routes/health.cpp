#include "health.hpp"

namespace sluice::server {

void add_health_routes(router& to, service const& s)
{
    to.add(access::open, "GET", "/healthz",
           [](route_request const&) { return std::optional{json_reply(R"({"status":"ok"})")}; });
    to.add(access::open, "GET", "/readyz", [&s](route_request const&) {
        return std::optional{s.draining ? problem_reply({.status = 503, .detail = "the server is draining"})
                                        : json_reply(R"({"status":"ready"})")};
    });
}

} // namespace sluice::server
