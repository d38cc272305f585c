#pragma once

#include <sluice/error.hpp>
#include <sluice/metrics.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace sluice {

/// Why streams end: as the broker says it, as it counts it, and as logs and metrics call it.
struct end_reason {
    errc code;
    counted count;
    std::string_view name;
};

inline constexpr std::array<end_reason, 8> end_reasons{{
    {errc::peer_closed, counted::ended_by_client, "client"},
    {errc::connection_failed, counted::ended_by_error, "error"},
    {errc::slow_consumer, counted::ended_as_slow, "slow"},
    {errc::taken_over, counted::ended_by_takeover, "takeover"},
    {errc::shut_down, counted::ended_by_drain, "drain"},
    {errc::disconnected, counted::ended_by_disconnect, "disconnect"},
    {errc::removed, counted::ended_by_removal, "forget"},
    {errc::no_memory, counted::ended_for_memory, "memory"},
}};

[[nodiscard]] constexpr std::string_view name_of_end(errc reason) noexcept
{
    auto const* const found = std::ranges::find(end_reasons, reason, &end_reason::code);
    return found == end_reasons.end() ? "error" : found->name;
}

} // namespace sluice
