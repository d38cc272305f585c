#pragma once

#include <sluice/config.hpp>
#include <sluice/event/control_events.hpp>
#include <sluice/http/reply.hpp>

#include <fmt/format.h>

#include <chrono>

namespace sluice {

/// Adds `Retry-After` (RFC 9110, section 10.2.3) to an answer of 503 or 429. The time is drawn at random, so that the
/// clients that were refused do not all come back at once.
[[nodiscard]] inline reply with_retry_after(reply r, stream_config const& config)
{
    if (r.status == 503 || r.status == 429) {
        auto const wait = std::chrono::ceil<std::chrono::seconds>(draw_retry(config));
        r.fields.add("Retry-After", fmt::to_string(wait.count()));
    }
    return r;
}

/// The problem as an answer, with `Retry-After` where it is a passing one.
[[nodiscard]] inline reply error_reply(problem const& p, stream_config const& config)
{
    return with_retry_after(problem_reply(p), config);
}

/// The same for an error of sluice's own.
[[nodiscard]] inline reply error_reply(error_code ec, stream_config const& config)
{
    return error_reply(to_problem(ec), config);
}

} // namespace sluice
