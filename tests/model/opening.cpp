#include "opening.hpp"

#include "failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>

namespace sluice::model {
namespace {

/// The number behind the key; nothing where `null` is.
[[nodiscard]] std::optional<std::uint64_t> number_behind(std::string const& text, std::string_view key)
{
    auto const found = text.find(key);
    if (found == std::string::npos) {
        throw failure{fmt::format("no {} in: {}", key, text)};
    }
    auto const* const begin = text.data() + found + key.size();
    std::uint64_t value = 0;
    auto const [end, ec] = std::from_chars(begin, text.data() + text.size(), value);
    return ec == std::errc{} ? std::optional{value} : std::nullopt;
}

[[nodiscard]] std::string connected_block(reference const& events, settings const& s, opening const& o, begun const& b)
{
    auto const& sessions = s.config.sessions;
    return fmt::format("retry: {}\nid: {}\nevent: connected\n"
                       R"(data: {{"sessionId":"{}","handle":"{}","reconnection":{},"bufferSize":{},"resumed":{},)"
                       R"("reconnections":{},"replay":{},"dropped":{}}})"
                       "\n\n",
                       s.config.streams.retry.count(), events.place_id(b.place), o.session->id, o.handle,
                       sessions.reconnection, s.replay_limit(), o.resumed, o.reconnections, b.replay,
                       or_null(b.dropped));
}

/// What is after a place for the connection.
struct missed {
    std::uint64_t surely = 0; ///< that is for the session
    std::uint64_t maybe = 0;  ///< with what the session need not have kept: it did not want it when it came
    std::uint64_t held = 0;   ///< that is surely still there
    bool all_held = true;     ///< all of any kind
    bool only_broadcasts = true;
    bool any_private = false;    ///< of the broadcasts
    bool any_perishable = false; ///< of the broadcasts: one that was let go, or has a time to live
    bool any_overlap = false;    ///< of the broadcasts: one with several topics, or that patterns may match
};

[[nodiscard]] missed missed_after(reference const& events, opening const& o, std::uint64_t place)
{
    missed m;
    for (auto p = place + 1; p <= o.head; ++p) {
        bool const is_broadcast = events.at(p).is_broadcast;
        bool const is_own =
            is_broadcast || std::ranges::find(events.at(p).targets, o.session.get()) != events.at(p).targets.end();
        bool const held = surely_held(events, o, p);
        m.only_broadcasts = m.only_broadcasts && is_broadcast;
        m.any_perishable = m.any_perishable || (is_broadcast && events.at(p).is_perishable());
        m.any_private = m.any_private || (is_broadcast && events.at(p).is_private);
        auto const most_topics = o.wants.patterns.empty() ? 1U : 0U;
        m.any_overlap = m.any_overlap || (is_broadcast && events.at(p).topics.size() > most_topics);
        m.all_held = m.all_held && (!is_own || held);
        if (!events.is_for(p, *o.session, o.wants)) {
            continue;
        }
        if (!events.is_for(p, *o.session, o.wants, o.view)) {
            // It counts as lost if it left the log before it was let go.
            m.maybe += static_cast<std::uint64_t>(!held);
            continue;
        }
        auto const sent = std::ranges::find(o.session->sent, p, &sent_event::place);
        bool const was_wanted = is_broadcast || (sent->wanted && !sent->refiltered);
        bool const was_told = std::ranges::find(o.session->told_lost, p) != o.session->told_lost.end();
        m.surely += static_cast<std::uint64_t>(was_wanted && !was_told);
        m.held += static_cast<std::uint64_t>(held && was_wanted);
        ++m.maybe;
    }
    return m;
}

[[nodiscard]] bool continues_behind_written(reference const& events, opening const& o, std::uint64_t place)
{
    if (!o.written || place < o.passed_surely) {
        return false;
    }
    auto const passes_nothing = [&](interest const& wanted) {
        for (auto p = o.passed_at_most + 1; p <= place; ++p) {
            auto const& told = o.session->told_lost;
            if (events.is_for(p, *o.session, wanted, o.view) && std::ranges::find(told, p) == told.end()) {
                return false;
            }
        }
        return true;
    };
    return passes_nothing(o.wanted_before) || passes_nothing(o.wanted_then);
}

[[nodiscard]] bool must_be_known(opening const& o, missed const& m, std::uint64_t place, bool at_written)
{
    if (o.untold || (o.maybe_gone && at_written)) {
        return false;
    }
    if (o.wants.names_topics() && o.wants.topicless_after > place && !m.all_held) {
        return false;
    }
    if (m.all_held) {
        return true;
    }
    if (m.any_perishable) {
        return false;
    }
    auto const& w = o.wants;
    // What has left the log is counted by type or by topic: not by both, not where an event has several topics, and not
    // where the session may not have each of them.
    if ((w.private_topics && m.any_private) || (w.names_types() && w.names_topics()) ||
        (w.names_topics() && (w.topics.size() > 1 || !w.patterns.empty()) && m.any_overlap)) {
        return false;
    }
    bool const is_all = !w.names_types() && !w.names_topics();
    return (is_all && m.only_broadcasts) || (at_written && o.counted && w == o.wanted_before);
}

void judge_dropped(reference const& events, opening const& o, begun const& b, bool at_written)
{
    auto const m = missed_after(events, o, b.place);
    bool const is_new = !o.resumed && !o.live && !at_written;
    if (b.dropped) {
        if (b.replay + *b.dropped < m.surely || b.replay + *b.dropped > m.maybe) {
            throw failure{fmt::format("replay {} and dropped {} after place {}, of {} to {} events", b.replay,
                                      *b.dropped, b.place, m.surely, m.maybe)};
        }
        if (is_new && !o.since && o.undelivered_surely > b.place) {
            throw failure{fmt::format("dropped is {} though event {} was not delivered to its session", *b.dropped,
                                      o.undelivered_surely)};
        }
    } else if (must_be_known(o, m, b.place, at_written) && (!is_new || o.undelivered_maybe <= b.place)) {
        throw failure{fmt::format("dropped is null after place {} though {} events are known, {} of them held", b.place,
                                  m.surely, m.held)};
    }
}

} // namespace

bool surely_held(reference const& events, opening const& o, std::uint64_t place)
{
    return events.at(place).is_broadcast ? place >= o.broadcasts_held_from
                                         : std::ranges::binary_search(o.sent_held, place);
}

std::string or_null(std::optional<std::uint64_t> n) { return n ? fmt::to_string(*n) : "null"; }

begun judge_opening(reference const& events, settings const& s, opening const& o, std::string const& connected)
{
    auto const place = number_behind(connected, fmt::format("\nid: {}-", events.hi()));
    auto const replay = number_behind(connected, "\"replay\":");
    begun b{
        .place = place.value_or(0), .replay = replay.value_or(0), .dropped = number_behind(connected, "\"dropped\":")};
    if (auto const wanted = connected_block(events, s, o, b); connected != wanted) {
        throw failure{fmt::format("the stream begins with\n{}and not with\n{}", connected, wanted)};
    }
    auto const most = o.since ? std::numeric_limits<std::uint64_t>::max() : s.replay_limit();
    if (b.place > o.head || b.replay > most) {
        throw failure{fmt::format("place {} and replay {}; the log's head is {}", b.place, b.replay, o.head)};
    }
    b.from = b.place;
    bool const at_written = continues_behind_written(events, o, b.place);
    bool const at_place = std::ranges::find(o.places, b.place) != o.places.end();
    if (o.live) {
        if (b.place != o.head || b.replay != 0 || b.dropped != 0) {
            throw failure{fmt::format("a new stream begins at place {} of {}", b.place, o.head)};
        }
    } else if (o.unplaced && !b.dropped) {
        b.from = 0;
    } else if (o.since && o.places.empty()) {
        if (b.dropped != 0) {
            throw failure{fmt::format("dropped is {} though nothing was asked for that is lost", or_null(b.dropped))};
        }
    } else if (!at_written && !at_place) {
        throw failure{
            fmt::format("the stream continues at place {}; it may at [{}]{}", b.place, fmt::join(o.places, " "),
                        o.written ? fmt::format(" and from {}, {} at most", o.passed_surely, o.passed_at_most) : "")};
    } else {
        judge_dropped(events, o, b, at_written && !at_place);
    }
    // What lies before the place at which a replay of everything begins is nothing that is held.
    auto const m = missed_after(events, o, o.since && o.places.empty() ? 0 : b.from);
    if (b.replay < std::min(m.held, most)) {
        throw failure{
            fmt::format("{} events are replayed, of {} that the log holds after place {}", b.replay, m.held, b.from)};
    }
    return b;
}

} // namespace sluice::model
