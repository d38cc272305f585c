#pragma once

#include "checks.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace sluice::test {

/// A request to a publishing or control route, which is answered with this status once it is let in.
struct guarded_request {
    std::string name; ///< method and path
    std::string method;
    std::string target;
    int status;
};

inline std::vector<guarded_request> guarded_requests()
{
    const std::string id(32, '0');
    std::vector<guarded_request> rows{
        {"", "POST", "/broadcast", 200},
        {"", "PUT", "/publish?stream=1", 415},
        {"", "POST", "/send?session=" + id, 404},
        {"", "POST", "/disconnect", 400},
        {"", "POST", "/sessions", 201},
        {"", "POST", "/revoke", 415},
        {"", "GET", "/sessions", 200},
        {"", "HEAD", "/sessions", 200},
        {"", "DELETE", "/sessions/" + id, 404},
        {"", "GET", "/sessions/" + id, 404},
        {"", "GET", "/stats", 200},
        {"", "HEAD", "/stats", 200},
        // The method is judged last: who may not come does not hear which there are.
        {"", "GET", "/broadcast", 405},
        {"", "HEAD", "/broadcast", 405},
        {"", "PUT", "/send", 405},
        {"", "GET", "/disconnect", 405},
        {"", "DELETE", "/sessions", 405},
        {"", "PUT", "/sessions/" + id, 405},
        {"", "POST", "/stats", 405},
        {"", "BREW", "/broadcast", 405},
    };
    for (auto& row : rows) {
        row.name = row.method + " " + row.target;
    }
    return rows;
}

/// Sends it on the connection, which stays open, and reads the answer.
inline http_response ask(http_connection& on, const guarded_request& row, header_fields headers)
{
    on.send(http_request{.method = row.method, .target = row.target, .headers = std::move(headers)});
    return on.read_response({}, row.method == "HEAD");
}

} // namespace sluice::test
