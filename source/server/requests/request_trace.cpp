#include "request_trace.hpp"

#include "logs/logging.hpp"

namespace sluice::server {

request_trace begin_trace(std::string_view method, std::string_view route)
{
    request_trace begun{.method = method, .route = route};
    if (logs(log_level::debug)) {
        begun.begun = std::chrono::steady_clock::now();
    }
    return begun;
}

void log_request(request_trace const& trace, unsigned status, std::size_t bytes)
{
    if (!logs(log_level::debug)) {
        return;
    }
    using clock = std::chrono::steady_clock;
    bool const has_begun = trace.begun != clock::time_point{};
    std::chrono::duration<double, std::milli> const took = has_begun ? clock::now() - trace.begun : clock::duration{};
    log_event(log_level::debug, "request",
              {{"method", trace.method},
               {"route", trace.route},
               {"status", status},
               {"duration_ms", took.count()},
               {"bytes", bytes}});
}

} // namespace sluice::server
