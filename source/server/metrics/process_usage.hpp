#pragma once

#include <chrono>
#include <cstddef>

namespace sluice::server {

// What the process uses. All functions are safe from any thread, and return 0 if the number cannot be determined.

/// Resident memory, in bytes.
[[nodiscard]] std::size_t resident_bytes();

/// Virtual memory, in bytes.
[[nodiscard]] std::size_t virtual_bytes();

/// The CPU time that all threads have used.
[[nodiscard]] std::chrono::nanoseconds processor_time() noexcept;

/// How many descriptors are open. Before Linux 6.2 this takes time in proportion to their number.
[[nodiscard]] std::size_t open_descriptors();

/// How many descriptors may be open.
[[nodiscard]] std::size_t descriptor_limit() noexcept;

/// When the process started. Always returns the same time.
[[nodiscard]] std::chrono::system_clock::time_point process_start();

} // namespace sluice::server
