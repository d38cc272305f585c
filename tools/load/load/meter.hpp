#pragma once

#include "process_stats.hpp"
#include "report.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace sluice::load {

/// Looks at the server's process (if its id is known), at the kernel's socket memory, and at our own CPU
/// time, so that a reader of the figures sees when the load generator and not the server was the limit.
class meter {
public:
    /// Takes the memory without any stream.
    explicit meter(std::optional<pid_t> server);

    void start_cpu();
    void stop_cpu();
    /// Takes the memory with all streams open.
    void look_at_memory();

    /// Between start and stop: seconds, and microseconds per delivery unless `deliveries` is 0.
    void add_cpu_to(report& result, std::uint64_t deliveries, double seconds) const;
    /// The growth between the two looks, per connection.
    void add_memory_to(report& result, std::size_t connections) const;

private:
    struct cpu_window {
        cpu_times start;
        cpu_times stop;
    };

    std::optional<pid_t> server_;
    cpu_window server_cpu_;
    cpu_window own_cpu_;
    memory_use before_;
    memory_use after_;
    std::uint64_t kernel_before_ = 0;
    std::uint64_t kernel_after_ = 0;
};

} // namespace sluice::load
