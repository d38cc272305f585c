#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

namespace sluice::server {

/// What the log is told of a request, at debug: its method and the pattern of its route, but no id, query, token or
/// payload.
struct request_trace {
    std::string_view method;
    std::string_view route;
    /// When its head had come; the clock's epoch: it never had.
    std::chrono::steady_clock::time_point begun{};
};

/// Logs the answer to the request: its status and the bytes of its body. The answer to a request for a stream is logged
/// when the stream begins.
void log_request(request_trace const& trace, unsigned status, std::size_t bytes);

} // namespace sluice::server
