#include <sluice/session/replay.hpp>

#include <limits>

namespace sluice {
namespace {

/// The position after the first `count` matching events after the given position.
[[nodiscard]] position skip(session const& s, position from, std::uint64_t count)
{
    if (count == 0) {
        return from;
    }
    position behind = from;
    s.for_each_after(from, std::numeric_limits<std::uint64_t>::max(), [&](frame const&, position p) {
        behind = p;
        return --count != 0;
    });
    return behind;
}

/// The position right before the first matching event after the one given; there is one.
[[nodiscard]] position before_first(session const& s, position from)
{
    std::uint64_t first = 0;
    s.for_each_after(from, std::numeric_limits<std::uint64_t>::max(), [&](frame const& f, position const&) {
        first = f.sequence();
        return false;
    });
    return s.window().position_after(first - 1);
}

/// Where a replay begins that leaves out the first `skipped` of the events that are held. Behind what was lost in front
/// of them, so that a client which names an older place once more is told of the loss once more.
[[nodiscard]] position begin_of_replay(session const& s, position from, std::uint64_t skipped, std::uint64_t held,
                                       bool is_lost)
{
    if (skipped == held) {
        return s.window().head();
    }
    auto const begin = skip(s, from, skipped);
    return is_lost ? before_first(s, begin) : begin;
}

} // namespace

replay_plan plan_from(session const& s, position from, std::size_t limit)
{
    auto const held = s.held_after(from);
    auto const skipped = held > limit ? held - limit : 0;
    auto const lost = s.lost_after(from);
    return {.told = from.sequence,
            .from = begin_of_replay(s, from, skipped, held, lost != 0),
            .until = s.window().head().sequence,
            .replay = held - skipped,
            .dropped = lost ? std::optional{*lost + skipped} : std::nullopt};
}

replay_plan plan_unplaced(session const& s, std::size_t limit)
{
    auto plan = plan_from(s, {}, limit);
    plan.dropped.reset();
    plan.told = plan.from.sequence;
    return plan;
}

replay_plan plan_live(session const& s) noexcept
{
    auto const head = s.window().head();
    return {.told = head.sequence, .from = head, .until = head.sequence, .replay = 0, .dropped = 0};
}

} // namespace sluice
