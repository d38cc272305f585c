#include <sluice/session/replay.hpp>

#include <limits>

namespace sluice {
namespace {

/// The sequence of the last of the first `count` matching events after `from`; `from` where the count is 0.
[[nodiscard]] std::uint64_t skip(session const& s, std::uint64_t from, std::uint64_t count)
{
    if (count != 0) {
        s.for_each_after(from, no_end, [&](frame const& f) {
            from = f.sequence();
            return --count != 0;
        });
    }
    return from;
}

/// The sequence right before the first matching event after `from`; there is one.
[[nodiscard]] std::uint64_t before_first(session const& s, std::uint64_t from)
{
    s.for_each_after(from, no_end, [&](frame const& f) {
        from = f.sequence() - 1;
        return false;
    });
    return from;
}

/// Where a replay begins that leaves out the first `skipped` of the events that are held. Behind what was lost in front
/// of them, so that a client which names an older place once more is told of the loss once more.
[[nodiscard]] std::uint64_t begin_of_replay(session const& s, std::uint64_t from, std::uint64_t skipped,
                                            std::uint64_t held, bool is_lost)
{
    if (skipped == held) {
        return s.window().head();
    }
    auto const begin = skip(s, from, skipped);
    return is_lost ? before_first(s, begin) : begin;
}

} // namespace

replay_plan plan_from(session const& s, std::uint64_t from, std::size_t limit)
{
    auto const held = s.held_after(from);
    auto const skipped = held > limit ? held - limit : 0;
    auto const lost = s.lost_after(from);
    return {.told = from,
            .from = begin_of_replay(s, from, skipped, held, lost != 0),
            .until = s.window().head(),
            .replay = held - skipped,
            .dropped = lost ? std::optional{*lost + skipped} : std::nullopt};
}

replay_plan plan_unplaced(session const& s, std::size_t limit)
{
    auto plan = plan_from(s, 0, limit);
    plan.dropped.reset();
    plan.told = plan.from;
    return plan;
}

replay_plan plan_after(session const& s, std::optional<std::uint64_t> last)
{
    if (!last) {
        auto plan = plan_live(s);
        plan.dropped.reset();
        return plan;
    }
    auto plan = plan_from(s, *last, std::numeric_limits<std::size_t>::max());
    plan.follows_last_id = plan.dropped == 0;
    return plan;
}

replay_plan plan_since(session& s, std::optional<std::uint64_t> start)
{
    s.leave_out_topicless();
    auto plan = plan_from(s, start.value_or(0), std::numeric_limits<std::size_t>::max());
    if (!start) {
        // What the window does not hold was not asked for.
        plan.dropped = 0;
        plan.told = plan.from;
    }
    return plan;
}

replay_plan plan_live(session const& s) noexcept
{
    auto const head = s.window().head();
    return {.told = head, .from = head, .until = head, .replay = 0, .dropped = 0};
}

} // namespace sluice
