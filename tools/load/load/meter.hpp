#pragma once

#include "process_stats.hpp"
#include "report.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace sluice::load {

/// CPU time so far, the server's (0 when its process is not known) and this program's own, so that a reader of the
/// figures sees when the load generator and not the server was the limit.
struct cpu_reading {
    cpu_times server;
    cpu_times own;
};

/// What was used between two readings.
struct cpu_window {
    cpu_reading start;
    cpu_reading stop;

    double server_seconds() const { return static_cast<double>(stop.server.total_ns - start.server.total_ns) / 1e9; }
    double own_seconds() const { return static_cast<double>(stop.own.total_ns - start.own.total_ns) / 1e9; }
};

/// What came of the events that were published in a time.
struct work {
    std::uint64_t published = 0;
    std::uint64_t deliveries = 0;
    std::uint64_t bytes = 0;
};

/// Memory of the server's process (0 when it is not known), and what the kernel has for sockets.
struct memory_reading {
    memory_use server;
    std::uint64_t kernel_tcp = 0;
};

/// Looks at the server's process (if its id is known), at the kernel's socket memory, and at our own CPU time.
class meter {
public:
    explicit meter(std::optional<pid_t> server) : server_(server) {}

    bool knows_server() const { return server_.has_value(); }
    cpu_reading read_cpu() const;
    memory_reading read_memory() const;

    /// Seconds and shares, and what was done in a second of the server's unless nothing was.
    void add_cpu_to(report& result, const cpu_window& used, const work& done, double seconds) const;
    /// The growth between two readings, per connection.
    void add_memory_to(report& result, const memory_reading& before, const memory_reading& after,
                       std::size_t connections) const;

private:
    void add_server_cpu_to(report& result, const cpu_window& used, const work& done, double seconds) const;

    std::optional<pid_t> server_;
};

/// `after` less `before`, for each of `count`; no number when it has become less: then something else went away
/// meanwhile, and what the connections hold is not known.
double growth_per(std::uint64_t before, std::uint64_t after, std::size_t count);

/// `more` less `base`, for each of `count`; no number when it is less, or when either is none.
double excess_per(double base, double more, std::size_t count);

} // namespace sluice::load
