#pragma once

#include <sluice/http/problem.hpp>
#include <sluice/http/response_fields.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sluice {

/// What a route answers; the server adds the framing.
struct reply {
    /// The HTTP status.
    unsigned status = 200;
    /// The body's media type; the text that it refers to outlives the reply.
    std::string_view content_type = "application/json";
    /// Without framing: the server adds `Content-Length`.
    std::string body;
    /// Further header fields, such as `Retry-After`.
    response_fields fields{};
};

/// An answer of `application/json`; `body` is the JSON text.
[[nodiscard]] inline reply json_reply(std::string body, unsigned status = 200)
{
    return {.status = status, .content_type = "application/json", .body = std::move(body)};
}

/// The problem as an answer of `application/problem+json` (RFC 9457); 204 has no body.
[[nodiscard]] inline reply problem_reply(problem const& p)
{
    if (p.status == 204) {
        return {.status = p.status, .content_type = {}, .body = {}};
    }
    return {.status = p.status, .content_type = "application/problem+json", .body = to_json(p)};
}

} // namespace sluice
