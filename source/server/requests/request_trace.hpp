#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

namespace sluice::server {

/// What logs and counters get of a request: its method and its route's pattern, but no id, query, token or payload.
struct request_trace {
    std::string_view method;
    std::string_view route;
    /// When its head had arrived; the clock's epoch if it never did, or if requests are not logged.
    std::chrono::steady_clock::time_point begun{};
};

/// The trace of a request whose head has arrived. The clock is read only if requests are logged.
[[nodiscard]] request_trace begin_trace(std::string_view method, std::string_view route);

/// Logs the answer: its status and the size of its body. The answer to a request for a stream is logged when the stream
/// begins.
void log_request(request_trace const& trace, unsigned status, std::size_t bytes);

} // namespace sluice::server
