#include <sluice/session/session_manager.hpp>

#include <sluice/session/ownership.hpp>
#include <sluice/undo.hpp>

#include <algorithm>
#include <span>
#include <utility>

namespace sluice {
namespace {

void add(std::atomic<std::size_t>& count, std::size_t n = 1) noexcept { count.fetch_add(n, std::memory_order_relaxed); }

void subtract(std::atomic<std::size_t>& count, std::size_t n = 1) noexcept
{
    count.fetch_sub(n, std::memory_order_relaxed);
}

[[nodiscard]] progress progress_of(session const& s)
{
    return {.at = s.at,
            .written_after = s.written_after,
            .unwritten_lost = s.unwritten_lost,
            .erased_through = s.targeted.erased_through()};
}

void forget_old(session& s, instant now)
{
    auto& times = s.recent->times;
    while (!times.empty() && times.front() <= now.steady - thrash_window) {
        times.pop_front();
    }
}

} // namespace

session_manager::session_manager(session_config const& config, log_config const& log_limits,
                                 live_limits const& in_force, window& w, std::function<session_id()> draw_id,
                                 std::atomic<std::size_t>& all_sessions, std::function<void(session const&)> on_expired)
    : config_{config},
      log_limits_{log_limits},
      in_force_{in_force},
      window_{w},
      draw_id_{std::move(draw_id)},
      all_sessions_{all_sessions},
      on_expired_{std::move(on_expired)}
{
}

session_manager::~session_manager() { stop(); }

result<session_ptr> session_manager::create(instant now, bool minted, std::optional<session_id> id)
{
    if (all_sessions_.fetch_add(1, std::memory_order_relaxed) >= in_force_.max_sessions()) {
        subtract(all_sessions_);
        return make_error_code(errc::too_many_sessions);
    }
    undo counted{[this] { subtract(all_sessions_); }};
    session_ptr s{new session{id ? *id : draw_id_(), window_, window_.head(), now, minted}};
    sessions_.emplace(s->id(), s);
    counted.keep();
    add(total_);
    if (minted) {
        await_expiry(*s, now);
    }
    return s;
}

session_ptr session_manager::get(session_id id, instant now)
{
    auto const found = sessions_.find(id);
    if (found == sessions_.end()) {
        return nullptr;
    }
    session_ptr s = found->second;
    if (expired(*s, now)) {
        let_expire(*s);
        return nullptr;
    }
    return s;
}

error_code session_manager::validate_session_ownership(session const& s, session_meta const& claimant) const
{
    bool const allowed = !s.claimed() || may_claim(config_.ownership, s.meta(), claimant);
    return allowed ? error_code{} : errc::not_the_owner;
}

replay_plan session_manager::join(session& s, session_meta meta, std::string_view last_event_id)
{
    bool const minted = !s.claimed();
    cut_requests_ += static_cast<std::uint64_t>(s.adopt(std::move(meta)).cut);
    if (last_event_id.empty()) {
        auto plan = minted ? plan_from(s, s.at, replay_limit()) : plan_live(s);
        plan.before = progress_of(s);
        return plan;
    }
    auto const sequence = window_.find(last_event_id);
    auto const from = sequence ? window_.position_after(*sequence) : position{};
    auto plan = sequence ? plan_from(s, from, replay_limit()) : plan_unplaced(s, replay_limit());
    bool const is_known = sequence && window_.covers(*sequence);
    plan.before = {.at = from,
                   .written_after = from.sequence,
                   .unwritten_lost = is_known ? std::optional<std::uint64_t>{0} : std::nullopt,
                   .erased_through = s.targeted.erased_through()};
    return plan;
}

result<reconnection> session_manager::reconnect(session& s, session_meta meta, std::string_view last_event_id,
                                                instant now)
{
    if (refuses_reconnection(s, now)) {
        return make_error_code(errc::thrashing);
    }
    // What was written to the client passed the filter that it had.
    auto const seen = find_seen(s, last_event_id);
    auto const adopted = s.adopt(std::move(meta));
    cut_requests_ += static_cast<std::uint64_t>(adopted.cut);
    ++s.reconnections;
    reconnection made{.plan = plan_resume(s, seen, adopted.refiltered), .thrashing_began = note_reconnection(s, now)};
    made.plan.before = progress_of(s);
    return made;
}

/// The sequence of the event that the client names as its last; nothing when it names none or none that can be placed.
/// Of an own id that was given twice, it saw the one that was written to it.
std::optional<std::uint64_t> session_manager::find_seen(session const& s, std::string_view last_event_id) const
{
    auto sequence = window_.own_ids().find_latest(
        last_event_id, s.last_written, [&s](std::uint64_t place) { return place > s.written_after && s.holds(place); });
    if (!sequence && !last_event_id.empty()) {
        sequence = window_.find(last_event_id);
    }
    return sequence;
}

replay_plan session_manager::plan_resume(session const& s, std::optional<std::uint64_t> seen, bool refiltered) const
{
    // Between the last that was written and the session's position nothing passed the filter, unless it is another now.
    auto const has_all_after = refiltered ? s.at.sequence : s.last_written;
    bool const has_all = !seen || (*seen >= has_all_after && *seen <= s.at.sequence);
    auto plan = plan_from(s, has_all ? s.at : window_.position_after(*seen), replay_limit());
    plan.told = seen.value_or(s.at.sequence);
    return plan;
}

bool session_manager::refuses_reconnection(session& s, instant now) const
{
    if (!s.recent) {
        return false;
    }
    forget_old(s, now);
    return s.recent->times.size() >= thrash_refusal_limit;
}

bool session_manager::note_reconnection(session& s, instant now) const
{
    if (!s.recent) {
        s.recent = std::make_unique<recent_reconnections>();
    }
    auto& [times, thrashing] = *s.recent;
    if (times.full()) {
        times.set_capacity(std::max<std::size_t>(4, 2 * times.capacity()));
    }
    times.push_back(now.steady);
    bool const was = std::exchange(thrashing, times.size() > in_force_.thrash_limit());
    return thrashing && !was;
}

void session_manager::connect(session& s, follower& f, instant now)
{
    s.set_connection(&f);
    s.last_seen = now.wall;
    s.expiry_hook.unlink();
    add(active_);
}

void session_manager::disconnect(session& s, instant now)
{
    s.set_connection(nullptr);
    s.last_seen = now.wall;
    subtract(active_);
    if (!config_.reconnection) {
        remove(s);
        return;
    }
    s.remember_matches();
    trim(s);
    await_expiry(s, now);
}

void session_manager::await_expiry(session& s, instant now)
{
    s.expires = now.steady + config_.buffer_ttl;
    expiring_.push_back(s);
}

bool session_manager::expired(session const& s, instant now) const noexcept
{
    return s.expiry_hook.is_linked() && s.expires <= now.steady;
}

std::size_t session_manager::expire(instant now)
{
    std::size_t count = 0;
    for (; !expiring_.empty() && expired(expiring_.front(), now); ++count) {
        let_expire(expiring_.front());
    }
    return count;
}

void session_manager::let_expire(session& s)
{
    if (on_expired_) {
        on_expired_(s);
    }
    remove(s);
}

void session_manager::remove(session& s)
{
    session_ptr const keep{&s};
    if (sessions_.erase(s.id()) == 0) {
        return;
    }
    s.expiry_hook.unlink();
    for (std::size_t i = 0; i != s.targeted.size(); ++i) {
        let_go(s.targeted[i]);
    }
    if (auto* const mark = s.targeted.mark()) {
        undelivered_.end(*mark);
    }
    s.targeted.clear();
    subtract(total_);
    subtract(all_sessions_);
}

void session_manager::stop()
{
    subtract(all_sessions_, sessions_.size());
    subtract(total_, sessions_.size());
    expiring_.clear();
    sessions_.clear();
    targeted_order_.clear();
    targeted_bytes_ = 0;
    given_way_ = 0;
}

bool session_manager::buffer_event(session& s, shared_frame f, std::uint64_t pending_limit)
{
    if (targeted_order_.empty() || targeted_order_.back().sequence != f->sequence()) {
        targeted_order_.push_back({.sequence = f->sequence(), .value = nullptr});
    }
    auto& entry = targeted_order_.back();
    s.targeted.push(f);
    if (entry.holders++ == 0) {
        targeted_bytes_ += f->footprint();
        entry.value = std::move(f);
    }
    if (s.wants(s.targeted[s.targeted.size() - 1].type())) {
        undelivered_.add(*s.targeted.mark(), entry.sequence);
    }
    trim(s);
    return !s.active() || s.targeted.size() - s.targeted.first_after(s.at.sequence) <= pending_limit;
}

void session_manager::lose_event(session& s, frame const& f) noexcept
{
    s.targeted.note_erased(f.sequence());
    if (s.wants(f.type())) {
        undelivered_.lose(f.sequence());
        s.unwritten_lost = s.unwritten_lost ? std::optional{*s.unwritten_lost + 1} : std::nullopt;
    }
}

void session_manager::trim(session& s)
{
    // What a connection has yet to write stays: a burst larger than the buffer reaches a client that keeps reading.
    while (s.targeted.size() > replay_limit() && (!s.active() || s.targeted[0].sequence() <= s.at.sequence)) {
        std::size_t victim = 0;
        while (victim != s.targeted.size() && s.wants(s.targeted[victim].type())) {
            ++victim;
        }
        erase_targeted(s, victim == s.targeted.size() || s.active() ? 0 : victim);
    }
}

void session_manager::erase_targeted(session& s, std::size_t index)
{
    frame const& f = s.targeted[index];
    if (f.sequence() > s.at.sequence && s.wants(f.type())) {
        s.unwritten_lost = s.unwritten_lost ? std::optional{*s.unwritten_lost + 1} : std::nullopt;
        undelivered_.lose(f.sequence());
    }
    let_go(f);
    s.targeted.erase(index);
}

/// One session fewer holds the event.
void session_manager::let_go(frame const& f) noexcept
{
    auto const entry = std::ranges::lower_bound(targeted_order_, f.sequence(), {}, &targeted_entry::sequence);
    if (entry != targeted_order_.end() && entry->sequence == f.sequence() && --entry->holders == 0) {
        targeted_bytes_ -= f.footprint();
        entry->value = nullptr;
    }
}

void session_manager::note_moved(session& s) noexcept
{
    if (auto* const mark = s.targeted.mark()) {
        undelivered_.move(*mark, s.at.sequence);
    }
}

std::uint64_t session_manager::newest_undelivered(session const* but) const noexcept
{
    return undelivered_.newest(but == nullptr ? nullptr : but->targeted.mark());
}

session_ptr session_manager::enforce_targeted_limits()
{
    while (targeted_order_.size() > 1 &&
           (targeted_order_.size() > log_limits_.max_events || targeted_bytes_ > log_limits_.max_bytes)) {
        // A reference of its own: the entry lets go of the event with the last session.
        auto const oldest = targeted_order_.front().value;
        auto const targets = oldest ? oldest->targets() : std::span<session_id const>{};
        // The event may be gone since the last call, with the session that was named then: its targets are none.
        for (; given_way_ < targets.size(); ++given_way_) {
            auto const found = sessions_.find(targets[given_way_]);
            if (found == sessions_.end()) {
                continue;
            }
            session_ptr const s = found->second;
            auto const index = s->targeted.first_after(oldest->sequence() - 1);
            if (index == s->targeted.size() || s->targeted[index].sequence() != oldest->sequence()) {
                continue;
            }
            if (s->active() && oldest->sequence() > s->at.sequence && s->wants(oldest->type())) {
                return s;
            }
            erase_targeted(*s, index);
        }
        targeted_order_.pop_front();
        given_way_ = 0;
    }
    return nullptr;
}

std::size_t session_manager::replay_limit() const noexcept { return config_.reconnection ? config_.buffer_size : 0; }

std::vector<session_ptr> session_manager::list(session_query const& wanted, instant now) const
{
    auto const by_id = [](session_ptr const& a, session_ptr const& b) { return a->id() < b->id(); };
    // A heap with the greatest id in front. Most ids are refused by it, so that few of the sessions are looked at.
    std::vector<session_ptr> found;
    auto const fits = [&](session_id id) {
        bool const has_room = found.size() < wanted.limit || (wanted.limit != 0 && id < found.front()->id());
        return has_room && (!wanted.after || id > *wanted.after);
    };
    auto const is_wanted = [&](session const& s) {
        return !expired(s, now) && (!wanted.active || s.active() == *wanted.active) &&
               (!wanted.subject || s.subject() == *wanted.subject);
    };
    for (auto const& [id, s] : sessions_) {
        if (!fits(id) || !is_wanted(*s)) {
            continue;
        }
        if (found.size() == wanted.limit) {
            std::ranges::pop_heap(found, by_id);
            found.pop_back();
        }
        found.push_back(s);
        std::ranges::push_heap(found, by_id);
    }
    std::ranges::sort_heap(found, by_id);
    return found;
}

std::vector<session_id> session_manager::ids() const
{
    std::vector<session_id> all;
    all.reserve(sessions_.size());
    for (auto const& [id, unused] : sessions_) {
        all.push_back(id);
    }
    return all;
}

} // namespace sluice
