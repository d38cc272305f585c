#include "request_trace.hpp"

#include "logging.hpp"

namespace sluice::server {

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
