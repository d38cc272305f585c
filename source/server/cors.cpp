#include "cors.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::server {

cors_policy::cors_policy(std::vector<std::string> origins)
    : origins_{std::move(origins)}, any_{std::ranges::find(origins_, "*") != origins_.end()}
{
}

bool cors_policy::is_listed(std::string_view origin) const
{
    return origin != "*" && std::ranges::find(origins_, origin) != origins_.end();
}

std::string cors_policy::fields(std::string_view origin) const
{
    if (origins_.empty()) {
        return {};
    }
    if (is_listed(origin)) {
        return fmt::format("Access-Control-Allow-Origin: {}\r\nVary: Origin\r\n"
                           "Access-Control-Allow-Credentials: true\r\n"
                           "Access-Control-Expose-Headers: X-SSE-Session-ID\r\n",
                           origin);
    }
    if (any_) {
        // Beside a list the answer still differs by origin.
        return fmt::format("Access-Control-Allow-Origin: *\r\n{}Access-Control-Expose-Headers: X-SSE-Session-ID\r\n",
                           origins_.size() > 1 ? "Vary: Origin\r\n" : "");
    }
    return "Vary: Origin\r\n";
}

std::string cors_policy::preflight_fields(std::string_view origin, std::string_view methods,
                                          std::string_view headers) const
{
    if (!any_ && !is_listed(origin)) {
        return {};
    }
    auto lines = fmt::format("Access-Control-Allow-Methods: {}\r\n", methods);
    if (!headers.empty()) {
        lines += fmt::format("Access-Control-Allow-Headers: {}\r\n", headers);
    }
    return lines;
}

} // namespace sluice::server
