#pragma once

#include <chrono>
#include <cstddef>

namespace sluice::server {

// What the process costs. All are safe from any thread; a number is 0 when it cannot be known.

/// The memory of the process that is resident, in bytes.
[[nodiscard]] std::size_t resident_bytes();

/// All the addresses that the process has mapped, in bytes.
[[nodiscard]] std::size_t virtual_bytes();

/// The processor time that the process has used, in all its threads.
[[nodiscard]] std::chrono::nanoseconds processor_time() noexcept;

/// The open descriptors. Costs time that grows with them on Linux before 6.2.
[[nodiscard]] std::size_t open_descriptors();

/// The most descriptors that may be open.
[[nodiscard]] std::size_t descriptor_limit() noexcept;

/// When the process began; always the same.
[[nodiscard]] std::chrono::system_clock::time_point process_start();

} // namespace sluice::server
