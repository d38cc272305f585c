#pragma once

#include <sluice/export.hpp>

#include <chrono>
#include <cstdint>

namespace sluice {

/// The `hi` of the ids of a log that begins now: the time in milliseconds since the epoch, or, when a log of this
/// process has that one or a later one already, the next. So ids never shrink within a process, whatever the clock
/// does, and no two logs share any. Safe from any thread.
[[nodiscard]] SLUICE_EXPORT std::uint64_t begin_log(std::chrono::system_clock::time_point now) noexcept;

} // namespace sluice
