#pragma once

#include <sluice/http/problem.hpp>
#include <sluice/http/response_fields.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sluice {

/// The answer of a route, without HTTP's framing.
struct reply {
    /// The HTTP status.
    unsigned status = 200;
    /// The body's media type, or empty for an answer without a body. The text outlives the reply.
    std::string_view content_type = "application/json";
    /// The body; `make_response` adds `Content-Length`.
    std::string body;
    /// Further header fields, such as `Retry-After`.
    response_fields fields{};
    /// What the field `Cache-Control` says. The text outlives the reply.
    std::string_view cache_control = "no-store";
};

/// An answer of type `application/json`; `body` is the JSON text.
[[nodiscard]] inline reply json_reply(std::string body, unsigned status = 200)
{
    return {.status = status, .content_type = "application/json", .body = std::move(body)};
}

/// The problem as an answer of type `application/problem+json` (RFC 9457); with status 204 there is no body.
[[nodiscard]] inline reply problem_reply(problem const& p)
{
    if (p.status == 204) {
        return {.status = p.status, .content_type = {}, .body = {}};
    }
    return {.status = p.status, .content_type = "application/problem+json", .body = to_json(p)};
}

} // namespace sluice
