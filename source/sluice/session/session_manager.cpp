#include <sluice/session/session_manager.hpp>

#include <sluice/fan_out/spare_room.hpp>
#include <sluice/session/ownership.hpp>
#include <sluice/undo.hpp>

#include <algorithm>
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
            .unwritten_lost = s.unwritten_lost.get(),
            .targeted_lost_through = s.targeted.lost_through()};
}

void forget_old(session& s, instant now)
{
    auto& times = s.recent->times;
    while (!times.empty() && times.front() <= now.steady - thrash_window) {
        times.pop_front();
    }
}

} // namespace

session_manager::session_manager(session_config const& config, live_limits const& in_force, window& w,
                                 std::function<session_id()> draw_id, std::atomic<std::size_t>& all_sessions,
                                 std::function<void(session const&)> on_expired,
                                 std::function<void(session_id)> on_removed)
    : config_{config},
      in_force_{in_force},
      window_{w},
      draw_id_{std::move(draw_id)},
      all_sessions_{all_sessions},
      on_expired_{std::move(on_expired)},
      on_removed_{std::move(on_removed)}
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

/// Gives the session the metadata of its newest claim. If it throws, nothing has changed.
adoption session_manager::take_meta(session& s, session_meta meta)
{
    auto group = subjects_.get(meta.grant.subject);
    undo found{[&] { subjects_.release(group); }};
    auto const adopted = s.adopt(std::move(meta));
    found.keep();
    subjects_.put(s, group);
    cut_requests_ += static_cast<std::uint64_t>(adopted.cut);
    return adopted;
}

replay_plan session_manager::join(session& s, session_meta meta, std::string_view last_event_id, std::string_view since,
                                  stream_manners manners)
{
    s.ends_with_connection = manners == stream_manners::events_alone;
    bool const minted = !s.claimed();
    (void)take_meta(s, std::move(meta));
    s.leave_out_let_go(std::chrono::system_clock::now());
    if (last_event_id.empty()) {
        auto plan = plan_without_id(s, minted, since);
        note_end(s, plan);
        return plan;
    }
    auto const sequence = window_.find(last_event_id);
    auto const from = sequence.value_or(0);
    auto plan = s.ends_with_connection && config_.reconnection ? plan_after(s, sequence)
                : sequence                                     ? plan_from(s, from, replay_limit())
                                                               : plan_unplaced(s, replay_limit());
    bool const is_known = sequence && window_.covers(*sequence);
    plan.before = {.at = from,
                   .written_after = from,
                   .unwritten_lost = is_known ? std::optional<std::uint64_t>{0} : std::nullopt,
                   .targeted_lost_through = s.targeted.lost_through()};
    note_end(s, plan);
    return plan;
}

/// Who comes without a last id to a topic that is closed gets what there is of it.
replay_plan session_manager::plan_without_id(session& s, bool minted, std::string_view since) const
{
    bool const asks_since = !since.empty() || (!minted && window_.end_of(s.interest().only_topic()));
    if (asks_since && config_.reconnection) {
        auto plan = plan_since(s, window_.find_start(since));
        plan.before = {.at = plan.told, .written_after = plan.told, .targeted_lost_through = s.targeted.lost_through()};
        return plan;
    }
    auto plan = minted ? plan_from(s, s.at, replay_limit()) : plan_live(s);
    plan.before = progress_of(s);
    return plan;
}

/// A stream whose one topic is closed ends behind what is published by now.
void session_manager::note_end(session const& s, replay_plan& plan) const noexcept
{
    if (window_.end_of(s.interest().only_topic())) {
        plan.ends_behind = plan.until;
    }
}

result<reconnection> session_manager::reconnect(session& s, session_meta meta, std::string_view last_event_id,
                                                instant now, std::string_view since)
{
    if (refuses_reconnection(s, now)) {
        return make_error_code(errc::thrashing);
    }
    // What was written to the client passed the filter that it had.
    auto const seen = find_seen(s, last_event_id);
    bool const is_unsure = !seen && names_what_has_left(s, last_event_id);
    auto const adopted = take_meta(s, std::move(meta));
    ++s.reconnections;
    s.leave_out_let_go(now.wall);
    auto const before = progress_of(s);
    bool const asks_since = last_event_id.empty() && !since.empty();
    reconnection made{.plan = asks_since ? plan_since(s, window_.find_start(since))
                                         : plan_resume(s, seen, adopted.refiltered),
                      .thrashing_began = note_reconnection(s, now)};
    if (is_unsure) {
        made.plan.dropped.reset();
    }
    made.plan.before = before;
    note_end(s, made.plan);
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
    // A publisher may give an id again, for others, after the client's own event has left the log. The client cannot
    // have seen that one, and what lies before it would be lost untold.
    bool const is_for_others = sequence && *sequence > s.at && !parse_event_id(last_event_id) && !s.holds(*sequence);
    return is_for_others ? std::nullopt : sequence;
}

/// Whether a last id that cannot be placed may be the own id of an event that has left the log: what was written behind
/// that event need not have arrived, and how much of it is lost is not known. A client that names the newest event that
/// was written to it has all of it.
bool session_manager::names_what_has_left(session const& s, std::string_view last_event_id) const noexcept
{
    bool const any_has_left = !window_.covers(0) || window_.targeted_lost_through() != 0;
    bool const is_own_id = !last_event_id.empty() && !parse_event_id(last_event_id);
    return any_has_left && is_own_id &&
           !(s.last_written_id.is_of(s.last_written) && s.last_written_id.is(last_event_id));
}

replay_plan session_manager::plan_resume(session const& s, std::optional<std::uint64_t> seen, bool refiltered) const
{
    // Between the last that was written and the session's position nothing passed the filter, unless it is another now.
    auto const has_all_after = refiltered ? s.at : s.last_written;
    bool const has_all = !seen || (*seen >= has_all_after && *seen <= s.at);
    auto plan = plan_from(s, has_all ? s.at : *seen, replay_limit());
    plan.told = seen.value_or(s.at);
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
    make_room(times, 4);
    times.push_back(now.steady);
    bool const was = std::exchange(thrashing, times.size() > in_force_.thrash_limit());
    return thrashing && !was;
}

void session_manager::connect(session& s, follower& f, instant now)
{
    s.set_connection(&f);
    s.leaving = nullptr;
    s.last_seen = now.wall;
    s.expiry_hook.unlink();
    add(active_);
}

void session_manager::disconnect(session& s, instant now)
{
    s.set_connection(nullptr);
    s.last_seen = now.wall;
    subtract(active_);
    if (!config_.reconnection || s.ends_with_connection) {
        remove(s);
        return;
    }
    s.remember_matches();
    s.remember_written_id();
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
    drop_unwanted_targeted();
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
    subjects_.put(s, nullptr);
    for (std::size_t i = 0; i != s.targeted.size() && !s.leaving; ++i) {
        s.targeted[i].note_target_gone();
    }
    if (auto* const mark = s.targeted.mark()) {
        undelivered_.end(*mark);
    }
    s.targeted.clear();
    subtract(total_);
    subtract(all_sessions_);
    if (on_removed_) {
        on_removed_(s.id());
    }
}

session_copy session_manager::copy(session& s, instant now)
{
    auto made = s.copy();
    auto kept = std::make_unique<std::vector<shared_frame>>();
    for (std::size_t i = 0; i != s.targeted.size(); ++i) {
        kept->emplace_back(&s.targeted[i]);
    }
    s.leaving = std::move(kept);
    s.expiry_hook.unlink();
    await_expiry(s, now);
    return made;
}

session_ptr session_manager::adopt(session_copy from)
{
    session_ptr s{new session{from, window_}};
    s->settle(from);
    // Where memory was short, what an earlier move left behind may still be here.
    release(s->id());
    sessions_.emplace(s->id(), s);
    for (auto const& [sequence, wanted] : from.targeted) {
        if (wanted && sequence > s->at && window_.find_targeted(sequence) == nullptr) {
            undelivered_.lose(sequence);
        }
    }
    add(total_);
    note_moved(*s);
    return s;
}

void session_manager::release(session_id id) noexcept
{
    auto const found = sessions_.find(id);
    if (found == sessions_.end()) {
        return;
    }
    session_ptr const s = found->second;
    sessions_.erase(found);
    s->expiry_hook.unlink();
    subjects_.put(*s, nullptr);
    if (auto* const mark = s->targeted.mark()) {
        mark->unlink();
    }
    s->targeted.clear();
    subtract(total_);
}

void session_manager::stop()
{
    subtract(all_sessions_, sessions_.size());
    subtract(total_, sessions_.size());
    expiring_.clear();
    for (auto const& [id, s] : sessions_) {
        subjects_.put(*s, nullptr);
    }
    sessions_.clear();
}

bool session_manager::buffer_event(session& s, frame const& f, std::uint64_t pending_limit)
{
    if (s.leaving) {
        s.leaving->emplace_back(&f);
    }
    s.targeted.push(f);
    if (s.wants(f.type())) {
        undelivered_.add(*s.targeted.mark(), f.sequence());
    }
    return !s.active() || s.targeted.size() - s.targeted.first_after(s.at) <= pending_limit;
}

void session_manager::lose_event(frame const& f) noexcept
{
    f.note_target_gone();
    undelivered_.lose(f.sequence());
}

void session_manager::lose_event(session& s, frame const& f) noexcept
{
    if (s.lose_targeted(f)) {
        undelivered_.lose(f.sequence());
    }
    if (!s.leaving) {
        f.note_target_gone();
    }
}

void session_manager::drop_oldest_targeted(session& s) noexcept
{
    auto const& oldest = s.targeted[0];
    if (s.lose_targeted(oldest)) {
        undelivered_.lose(oldest.sequence());
    }
    s.targeted.drop_front();
}

void session_manager::note_moved(session& s) noexcept
{
    if (auto* const mark = s.targeted.mark()) {
        undelivered_.move(*mark, s.at);
    }
}

std::uint64_t session_manager::newest_undelivered(session const* but) const noexcept
{
    return undelivered_.newest(but == nullptr ? nullptr : but->targeted.mark());
}

session_ptr session_manager::enforce_targeted_limits()
{
    while (window_.has_too_many_targeted()) {
        if (window_.may_have_unwanted_targeted()) {
            drop_unwanted_targeted();
            continue;
        }
        auto const& oldest = window_.oldest_targeted();
        for (auto const targets = oldest.targets(); given_way_ != targets.size(); ++given_way_) {
            auto const s = target_of(oldest, targets[given_way_]);
            if (!s) {
                continue;
            }
            if (s->active() && oldest.sequence() > s->at && s->wants(oldest.type())) {
                return s;
            }
            drop_oldest_targeted(*s);
        }
        window_.drop_oldest_targeted();
        given_way_ = 0;
    }
    return nullptr;
}

void session_manager::drop_unwanted_targeted() noexcept
{
    window_.drop_unwanted_targeted();
    given_way_ = 0;
}

/// The session, if the window's oldest targeted event was sent to it and it still refers to that; null where the
/// session lives elsewhere, is gone, or is another one that began under the same id.
session_ptr session_manager::target_of(frame const& oldest, session_id id) const
{
    auto const found = sessions_.find(id);
    bool const refers =
        found != sessions_.end() && !found->second->targeted.empty() && &found->second->targeted[0] == &oldest;
    return refers ? found->second : nullptr;
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
               (!wanted.topic || s.interest().names_topic(*wanted.topic));
    };
    for_each_of(wanted.subject, [&](session& s) {
        if (!fits(s.id()) || !is_wanted(s)) {
            return;
        }
        if (found.size() == wanted.limit) {
            std::ranges::pop_heap(found, by_id);
            found.pop_back();
        }
        found.emplace_back(&s);
        std::ranges::push_heap(found, by_id);
    });
    std::ranges::sort_heap(found, by_id);
    return found;
}

/// Calls `f(session&)` for each session of the subject, or for each that there is.
template <class F>
void session_manager::for_each_of(std::optional<std::string> const& subject, F f) const
{
    if (!subject || subject->empty()) {
        for (auto const& [id, s] : sessions_) {
            if (!subject || s->subject().empty()) {
                f(*s);
            }
        }
    } else if (auto* const group = subjects_.find(*subject)) {
        group->for_each(f);
    }
}

std::vector<session_id> session_manager::ids_of(std::string_view subject, instant now) const
{
    std::vector<session_id> found;
    if (auto* const group = subjects_.find(subject)) {
        group->for_each([&](session const& s) {
            if (!expired(s, now)) {
                found.push_back(s.id());
            }
        });
    }
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
