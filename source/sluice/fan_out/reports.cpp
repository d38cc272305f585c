#include <sluice/fan_out/reports.hpp>

#include <utility>

namespace sluice {
namespace {

[[nodiscard]] counted ended_by(end_reason reason) noexcept
{
    switch (reason) {
    case end_reason::peer_closed:
        return counted::ended_by_client;
    case end_reason::slow_consumer:
        return counted::ended_as_slow;
    case end_reason::taken_over:
        return counted::ended_by_takeover;
    case end_reason::shut_down:
        return counted::ended_by_drain;
    case end_reason::disconnected:
        return counted::ended_by_disconnect;
    case end_reason::removed:
        return counted::ended_by_removal;
    case end_reason::no_memory:
        return counted::ended_for_memory;
    case end_reason::grant_expired:
        return counted::ended_by_expiry;
    case end_reason::grant_revoked:
        return counted::ended_by_revocation;
    case end_reason::topic_closed:
        return counted::ended_with_topic;
    default:
        return counted::ended_by_error;
    }
}

[[nodiscard]] counted refused_by(error_code ec) noexcept
{
    return ec == errc::not_the_owner          ? counted::refused_claims
           : ec == errc::thrashing            ? counted::refused_thrashing
           : ec == errc::too_many_connections ? counted::refused_above_connections
           : ec == errc::too_many_sessions    ? counted::refused_above_sessions
           : ec == errc::no_memory            ? counted::refused_for_memory
           : ec == errc::topic_closed         ? counted::refused_behind_topic
                                              : counted::refused_by_drain;
}

} // namespace

void reports::session_began(session const& s, bool minted)
{
    counters_[counted::sessions_created].add(1);
    tell([&](observer& o) { o.on_session_created(handle_of(s), minted); });
}

void reports::session_expired(session const& s, std::uint64_t waiting)
{
    counters_[counted::sessions_expired].add(1);
    tell([&](observer& o) { o.on_session_expired(handle_of(s), waiting); });
}

void reports::claim_rejected(session const& s, session_meta const& claimant) const
{
    tell([&](observer& o) { o.on_claim_rejected(handle_of(s), s.meta(), claimant); });
}

void reports::taken_over(session const& s, session_meta const& claimant) const
{
    tell([&](observer& o) { o.on_takeover(handle_of(s), s.meta(), claimant); });
}

void reports::thrashing(session const& s)
{
    counters_[counted::thrashing_sessions].add(1);
    tell([&](observer& o) { o.on_session_thrashing(handle_of(s), s.meta(), s.recent->times.size()); });
}

void reports::limit_reached(errc limit, std::size_t most) const
{
    tell([&](observer& o) { o.on_limit(limit, most); });
}

void reports::stream_refused(error_code reason) noexcept { counters_[refused_by(reason)].add(1); }

void reports::stream_opened(session const& s, stream_opening const& how)
{
    counters_[counted::streams_opened].add(1);
    tell([&](observer& o) { o.on_stream_opened(handle_of(s), s.meta(), how); });
}

void reports::replay_began(replay_plan const& plan) noexcept
{
    bool const all = plan.dropped == 0;
    counters_[all ? counted::replays_full : plan.replay != 0 ? counted::replays_partial : counted::replays_none].add(1);
    counters_[counted::events_replayed].add(plan.replay);
    counters_[counted::events_lost].add(plan.dropped.value_or(0));
}

void reports::stream_ended(session const& s, stream_ending const& how)
{
    counters_[ended_by(how.reason)].add(1);
    tell([&](observer& o) { o.on_stream_ended(handle_of(s), how); });
}

void reports::slow_consumer_cut(session const& s, slow_consumer const& how) const
{
    tell([&](observer& o) { o.on_slow_consumer(handle_of(s), s.meta(), how); });
}

void reports::memory_short() const
{
    tell([](observer& o) { o.on_memory_short(); });
}

void reports::window_shortages(std::uint64_t all)
{
    if (std::exchange(shortages_told_, all) != all) {
        memory_short();
    }
}

} // namespace sluice
