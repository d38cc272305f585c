#pragma once

#include <sluice/http/problem.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sluice {

/// What a route answers; the server adds the framing.
struct reply {
    unsigned status = 200;
    std::string_view content_type = "application/json";
    std::string body;
    /// Further header lines, each ended by CR LF.
    std::string extra_fields;
};

[[nodiscard]] inline reply json_reply(std::string body, unsigned status = 200)
{
    return {.status = status, .content_type = "application/json", .body = std::move(body), .extra_fields = {}};
}

[[nodiscard]] inline reply problem_reply(problem const& p)
{
    return {.status = p.status, .content_type = "application/problem+json", .body = to_json(p), .extra_fields = {}};
}

} // namespace sluice
