#pragma once

#include <cstdint>

#include <sys/types.h>

namespace sluice::load {

/// CPU time that a process has used so far.
struct cpu_times {
    std::uint64_t total_ns = 0;  ///< by the scheduler, in nanoseconds, of the threads that exist now
    std::uint64_t waited_ns = 0; ///< ready to run, while others had the CPU; of the same threads
    double user_s = 0;           ///< as accounted by the kernel, threads that ended included
    double system_s = 0;
};

/// Memory that a process has resident.
struct memory_use {
    std::uint64_t rss = 0;
    std::uint64_t pss = 0;       ///< shared pages counted in proportion
    std::uint64_t anonymous = 0; ///< heap and stacks: what grows with connections
};

/// These read /proc and throw std::runtime_error when the process is gone or may not be looked at.
cpu_times read_cpu(pid_t pid);
memory_use read_memory(pid_t pid);

/// Bytes that the kernel holds for TCP sockets of this network namespace: both ends of loopback connections.
std::uint64_t read_tcp_memory();

} // namespace sluice::load
