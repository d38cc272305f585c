#pragma once

#include <sluice/error.hpp>
#include <sluice/metrics.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace sluice {

/// The reasons why streams end: the enumerator, the counter, and the name in logs and metrics.
struct counted_end {
    end_reason code;
    counted count;
    std::string_view name;
};

inline constexpr std::array<counted_end, 11> end_reasons{{
    {end_reason::peer_closed, counted::ended_by_client, "client"},
    {end_reason::connection_failed, counted::ended_by_error, "error"},
    {end_reason::slow_consumer, counted::ended_as_slow, "slow"},
    {end_reason::taken_over, counted::ended_by_takeover, "takeover"},
    {end_reason::shut_down, counted::ended_by_drain, "drain"},
    {end_reason::disconnected, counted::ended_by_disconnect, "disconnect"},
    {end_reason::removed, counted::ended_by_removal, "forget"},
    {end_reason::no_memory, counted::ended_for_memory, "memory"},
    {end_reason::grant_expired, counted::ended_by_expiry, "expired"},
    {end_reason::grant_revoked, counted::ended_by_revocation, "revoked"},
    {end_reason::topic_closed, counted::ended_with_topic, "topic"},
}};

[[nodiscard]] constexpr std::string_view name_of_end(end_reason reason) noexcept
{
    auto const* const found = std::ranges::find(end_reasons, reason, &counted_end::code);
    return found == end_reasons.end() ? "error" : found->name;
}

} // namespace sluice
