#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

namespace sluice::server {

/// What logs and counts are told of a request: its method and the pattern of its route, but no id, query, token or
/// payload.
struct request_trace {
    std::string_view method;
    std::string_view route;
    /// When its head had come; the clock's epoch: it never had, or nobody asks.
    std::chrono::steady_clock::time_point begun{};
};

/// The trace of a request of which the head has come. The clock is read only when requests are logged.
[[nodiscard]] request_trace begin_trace(std::string_view method, std::string_view route);

/// Logs the answer to the request: its status and the bytes of its body. The answer to a request for a stream is logged
/// when the stream begins.
void log_request(request_trace const& trace, unsigned status, std::size_t bytes);

} // namespace sluice::server
