#pragma once

#include <sluice/export.hpp>

#include <chrono>
#include <cstdint>

namespace sluice {

/// The `hi` of the ids of a log that begins now: the time in milliseconds since the epoch, or one more than the
/// greatest so far if a log of this process has that value or a greater one already. So within a process ids never
/// shrink, whatever the clock does, and no two logs share an id. Safe from any thread.
[[nodiscard]] SLUICE_EXPORT std::uint64_t begin_log(std::chrono::system_clock::time_point now) noexcept;

} // namespace sluice
