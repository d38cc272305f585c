#include <sluice/session/session.hpp>

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {
session::session(session_id id, sluice::window& w, std::uint64_t start, instant now, bool minted)
    : at{start},
      last_written{start},
      written_after{start},
      last_seen{now.wall},
      was_claimed{!minted},
      id_{id},
      window_{&w},
      created_{now.wall},
      interest_{w},
      matches_before_{std::optional{w.count_up_to(start)}}
{
}

session::session(session_copy& from, sluice::window& w) noexcept
    : at{from.at},
      last_written{from.last_written},
      last_written_id{from.last_written_id},
      written_after{from.written_after},
      last_seen{from.last_seen},
      reconnections{from.reconnections},
      was_claimed{from.claimed},
      recent{std::move(from.recent)},
      id_{from.id},
      window_{&w},
      created_{from.created},
      meta_{std::move(from.meta)},
      interest_{w}
{
}

session::~session() = default;

session_copy session::copy() const
{
    session_copy c{.id = id_,
                   .created = created_,
                   .last_seen = last_seen,
                   .meta = packed_meta{meta_.unpack()},
                   .claimed = was_claimed,
                   .topicless_after = interest_.topicless_after(),
                   .leaves_out = interest_.leaves_out(),
                   .reconnections = reconnections,
                   .recent = recent ? std::make_unique<recent_reconnections>(*recent) : nullptr,
                   .at = at,
                   .last_written = last_written,
                   .last_written_id = last_written_id,
                   .written_after = written_after,
                   .unwritten_lost = targeted_lost_after_at(),
                   .targeted_lost_through = targeted.lost_through(),
                   .matches_before = interest_.is_everything() ? matches_before_.get() : std::nullopt,
                   .head = window_->head()};
    c.targeted.reserve(targeted.size());
    for (std::size_t i = 0; i != targeted.size(); ++i) {
        c.targeted.push_back({.sequence = targeted[i].sequence(), .wanted = wants(targeted[i].type())});
    }
    if (!interest_.is_everything()) {
        copy_oldest(c);
    }
    return c;
}

void session::copy_oldest(session_copy& c) const
{
    c.lost_broadcasts = window_->covers(at) ? 0 : lost_broadcasts();
    auto const most = session_copy::most_oldest;
    c.oldest_through = window_->size() <= most ? window_->head() : (*window_)[most - 1].sequence();
    auto cursor = interest_.cursor_after(at);
    for (auto const* next = interest_.next(cursor); next != nullptr && next->sequence() <= c.oldest_through;
         next = interest_.next(cursor)) {
        c.oldest_held.push_back(next->sequence());
    }
}

void session::settle(session_copy const& from)
{
    if (was_claimed) {
        auto const m = meta_.unpack();
        (void)set_interest(m);
        asks_by_name = !m.topics.empty();
        interest_.leave_out_topicless(from.topicless_after);
        interest_.leave_out(from.leaves_out);
    }
    // A filter that is set counts as another one than before; here it is the same.
    written_after = from.written_after;
    unwritten_lost = from.unwritten_lost;
    take_targeted(from);
    take_matches(from);
}

void session::take_targeted(session_copy const& from)
{
    targeted.note_lost(from.targeted_lost_through);
    for (auto const& [sequence, wanted] : from.targeted) {
        if (auto const* const held = window_->find_targeted(sequence)) {
            targeted.push(*held);
        } else {
            (void)note_targeted_lost(sequence, wanted);
        }
    }
    // While the session was on its way here, this shard had nobody to hand its events to.
    window_->for_each_targeted_after(from.head, [this](frame const& f) {
        if (std::ranges::find(f.targets(), id_) != f.targets().end()) {
            targeted.push(f);
        }
    });
    if (window_->targeted_lost_through() > from.head) {
        // Whether these were sent to the session is not known any more.
        targeted.note_lost(window_->targeted_lost_through());
        unwritten_lost.reset();
    }
    if (auto* const mark = targeted.mark()) {
        mark->newest = newest_wanted();
    }
}

/// This shard's selectors have not counted what left the log before the session came here.
void session::take_matches(session_copy const& from) noexcept
{
    if (interest_.is_everything()) {
        matches_before_ = from.matches_before;
        return;
    }
    if (window_->covers(at)) {
        remember_matches();
        return;
    }
    auto const has_left = [this](std::uint64_t sequence) { return !window_->covers(sequence - 1); };
    auto const left = std::ranges::count_if(from.oldest_held, has_left);
    matches_before_.reset();
    if (from.lost_broadcasts && window_->covers(from.oldest_through)) {
        matches_before_ = std::optional{interest_.lost() - *from.lost_broadcasts - static_cast<std::uint64_t>(left)};
    }
}

event_id session::last_event_id() const noexcept { return {.hi = window_->epoch(), .lo = at}; }

adoption session::adopt(session_meta newer)
{
    auto merged = meta_.unpack();
    bool const names_topics = !newer.topics.empty() || !newer.topic_patterns.empty();
    bool const same_topics =
        !names_topics || (newer.topics == merged.topics && newer.topic_patterns == merged.topic_patterns);
    merge(merged, std::move(newer));
    adoption made{.cut = cut_to_limit(merged)};
    packed_meta packed{merged};
    made.refiltered = set_interest(merged);
    interest_.leave_out_topicless(same_topics ? interest_.topicless_after() : 0);
    meta_ = std::move(packed);
    asks_by_name = !merged.topics.empty();
    was_claimed = true;
    return made;
}

bool session::asks_for_the_same(session_meta const& m) const
{
    auto const as_set = [](std::vector<std::string> const& list) { return std::set(list.begin(), list.end()); };
    auto const mine = meta_.unpack();
    return as_set(mine.subscriptions) == as_set(m.subscriptions) && as_set(mine.topics) == as_set(m.topics) &&
           as_set(mine.topic_patterns) == as_set(m.topic_patterns);
}

/// Returns whether it is another interest than before.
bool session::set_interest(session_meta const& m)
{
    if (!interest_.set(m)) {
        return false;
    }
    // What was counted so far was counted by the older interest.
    matches_before_.reset();
    unwritten_lost = unwritten_lost.get() == 0 ? unwritten_lost : known_count{};
    written_after = at;
    if (auto* const mark = targeted.mark()) {
        mark->unlink();
        mark->newest = newest_wanted();
    }
    return true;
}

bool session::has_targeted_after(std::uint64_t sequence) const noexcept
{
    return next_targeted(targeted.first_after(sequence)) != targeted.size();
}

std::size_t session::next_targeted(std::size_t index) const noexcept
{
    while (index != targeted.size() && !wants(targeted[index].type())) {
        ++index;
    }
    return index;
}

/// The sequence of the newest event that was sent to the session and passes its filter; 0: there is none.
std::uint64_t session::newest_wanted() const noexcept
{
    for (auto i = targeted.size(); i != 0; --i) {
        if (wants(targeted[i - 1].type())) {
            return targeted[i - 1].sequence();
        }
    }
    return 0;
}

std::uint64_t session::held_after(std::uint64_t sequence) const noexcept
{
    auto held = interest_.held_after(sequence);
    for (auto i = next_targeted(targeted.first_after(sequence)); i != targeted.size(); i = next_targeted(i + 1)) {
        ++held;
    }
    return held;
}

void session::remember_written_id()
{
    if (!last_written_id.is_of(last_written)) {
        last_written_id = {};
    }
    if (last_written == 0) {
        return;
    }
    for_each_after(last_written - 1, last_written, [this](frame const& f) {
        last_written_id = written_id{f};
        return false;
    });
}

bool session::holds(std::uint64_t sequence) const noexcept
{
    bool found = false;
    for_each_after(sequence - 1, sequence, [&](frame const& f) {
        found = f.sequence() == sequence;
        return false;
    });
    return found;
}

std::optional<std::uint64_t> session::lost_after(std::uint64_t sequence) const noexcept
{
    bool const own = sequence == at;
    auto const targeted_lost = own                                  ? targeted_lost_after_at()
                               : targeted.lost_through() > sequence ? std::nullopt
                                                                    : std::optional<std::uint64_t>{0};
    if (!targeted_lost || window_->covers(sequence) || interest_.misses_nothing_after(sequence)) {
        return targeted_lost;
    }
    auto broadcasts = own ? lost_broadcasts() : std::nullopt;
    if (!broadcasts && interest_.is_everything() && interest_.counts_lost_after(sequence)) {
        broadcasts = window_->lost_after(sequence);
    }
    return broadcasts ? std::optional{*broadcasts + *targeted_lost} : std::nullopt;
}

/// `unwritten_lost`, which stands only while something behind `at` is lost.
std::optional<std::uint64_t> session::targeted_lost_after_at() const noexcept
{
    return targeted.lost_through() <= at ? std::optional<std::uint64_t>{0} : unwritten_lost.get();
}

bool session::lose_targeted(frame const& f) noexcept { return note_targeted_lost(f.sequence(), wants(f.type())); }

/// Counts the loss of an event that was sent to the session. Returns whether it passes the interest and waited.
bool session::note_targeted_lost(std::uint64_t sequence, bool wanted) noexcept
{
    bool const waits = sequence > at && wanted;
    if (sequence > at) {
        auto const before = targeted_lost_after_at();
        unwritten_lost = before ? std::optional{*before + (waits ? 1 : 0)} : std::nullopt;
    }
    targeted.note_lost(sequence);
    return waits;
}

/// How many matching broadcasts after `at` have left the window; nothing if that cannot be known.
std::optional<std::uint64_t> session::lost_broadcasts() const noexcept
{
    auto const before = matches_before_.get();
    if (!before || !interest_.counts_lost_after(at)) {
        return std::nullopt;
    }
    auto const lost = static_cast<std::int64_t>(interest_.lost() - *before);
    return static_cast<std::uint64_t>(std::max<std::int64_t>(lost, 0));
}

void session::remember_matches() noexcept
{
    matches_before_.reset();
    if (interest_.is_everything()) {
        matches_before_ = std::optional{window_->count_up_to(at)};
    } else if (window_->covers(at)) {
        matches_before_ = std::optional{interest_.lost() + interest_.listed_up_to(at)};
    }
}

} // namespace sluice
