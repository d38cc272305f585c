#include <sluice/fan_out/shard.hpp>

#include <new>
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
                                              : counted::refused_by_drain;
}

} // namespace

void shard::attach(client& c)
{
    clients_.push_back(c);
    may_lag(c);
    sample_lag();
    sessions_.connect(*c.session_, c, instant::now());
}

void shard::detach(client& c, end_reason reason)
{
    counters_[ended_by(reason)].add(1);
    report_ended(c, reason);
    // One whose connection is busy keeps the time that this may take: its last words wait behind what is under way.
    if (!c.is_blocked()) {
        c.unlink();
    }
    c.state_hook_.unlink();
    sessions_.disconnect(*c.session_, instant::now());
    shared_->connections.fetch_sub(1, std::memory_order_relaxed);
}

void shard::forget(client& c)
{
    c.all_hook_.unlink();
    report_stopped();
}

bool shard::reserve_connection(bool takes_over) noexcept
{
    // Who takes over brings no more connections than there were.
    auto const before = shared_->connections.fetch_add(1, std::memory_order_relaxed);
    if (takes_over || before < shared_->in_force.max_connections()) {
        return true;
    }
    shared_->connections.fetch_sub(1, std::memory_order_relaxed);
    return false;
}

/// Tells the watcher of a limit that was reached.
error_code shard::report(error_code refusal)
{
    auto const& most = shared_->in_force;
    bool const is_session = refusal == errc::too_many_sessions;
    tell([&](observer& o) {
        o.on_limit(static_cast<errc>(refusal.value()), is_session ? most.max_sessions() : most.max_connections());
    });
    return refusal;
}

result<session_ptr> shard::begin_session(instant now, bool minted, std::optional<session_id> id)
{
    auto made = sessions_.create(now, minted, id);
    if (made.has_error()) {
        return report(made.error());
    }
    counters_[counted::sessions_created].add(1);
    tell([&](observer& o) { o.on_session_created(handle_of((*made)->id()), minted); });
    return made;
}

void shard::report_opened(client const& c) const
{
    auto const& plan = c.plan();
    tell([&](observer& o) {
        o.on_stream_opened(c.handle(), c.session().meta(),
                           {.resumed = c.resumed(), .replay = plan.replay, .dropped = plan.dropped});
    });
}

void shard::report_ended(client const& c, end_reason reason) const
{
    tell([&](observer& o) {
        auto const lasted = std::chrono::steady_clock::now() - c.opened_;
        o.on_stream_ended(c.handle(), {.reason = reason, .lasted = lasted, .events = c.events_, .bytes = c.bytes_});
    });
}

result<std::unique_ptr<client>> shard::connect(connect_request& request, bool caught_up)
{
    result<std::unique_ptr<client>> made{errc::no_memory};
    try {
        made = let_in(request, caught_up);
    } catch (std::bad_alloc const&) {
        tell([](observer& o) { o.on_memory_short(); });
    }
    if (made.has_value() && *made == nullptr) {
        return made;
    }
    counters_[made.has_error() ? refused_by(made.error()) : counted::streams_opened].add(1);
    if (made.has_value()) {
        report_opened(**made);
    }
    return made;
}

result<std::unique_ptr<client>> shard::let_in(connect_request& request, bool caught_up)
{
    if (shared_->stopping.load()) {
        return make_error_code(errc::stopped);
    }
    if (!may_run()) {
        return make_error_code(errc::wrong_executor);
    }
    // What is published counts as seen before the last id is placed and the session's position is set.
    catch_up();
    auto const now = instant::now();
    auto judged = judge_claim(request, now);
    if (judged.has_error()) {
        return judged.error();
    }
    auto const& claimed = judged->session;
    if (!caught_up && others_may_lack(request, claimed.get())) {
        return std::unique_ptr<client>{};
    }
    bool const takes_over = claimed && claimed->active();
    if (!reserve_connection(takes_over)) {
        return report(errc::too_many_connections);
    }
    if (takes_over) {
        tell([&](observer& o) { o.on_takeover(handle_of(claimed->id()), claimed->meta(), request.meta); });
        claimed->current_client()->end(end_reason::taken_over);
    }
    bool const brings_cookie = judged->brings_cookie;
    result<std::unique_ptr<client>> made{errc::no_memory};
    try {
        made = attach_session(std::move(*judged), std::move(request), now);
    } catch (...) {
        shared_->connections.fetch_sub(1, std::memory_order_relaxed);
        throw;
    }
    counters_[counted::requests_cut].add(sessions_.take_cut_requests());
    if (made.has_error()) {
        shared_->connections.fetch_sub(1, std::memory_order_relaxed);
    } else {
        (*made)->brings_cookie_ = brings_cookie;
    }
    return made;
}

result<shard::judgement> shard::judge_claim(connect_request const& request, instant now)
{
    auto const id = parse_session_id(request.claim);
    if (!id || !shared_->config.sessions.reconnection) {
        return judgement{};
    }
    bool const ambient = request.kind == claim_kind::ambient;
    session_ptr s = sessions_.get(*id, now);
    if (!s) {
        return judgement{.session = nullptr, .new_id = ambient ? std::nullopt : id};
    }
    auto const ec = sessions_.validate_session_ownership(*s, request.meta);
    if (ambient && (ec || s->active() || !s->asks_for(request.meta.subscriptions))) {
        return judgement{.session = nullptr, .new_id = {}, .brings_cookie = true};
    }
    if (ec) {
        tell([&](observer& o) { o.on_claim_rejected(handle_of(s->id()), s->meta(), request.meta); });
        return ec;
    }
    if (sessions_.refuses_reconnection(*s, now)) {
        return make_error_code(errc::thrashing);
    }
    return judgement{.session = std::move(s), .new_id = {}, .brings_cookie = ambient};
}

result<std::unique_ptr<client>> shard::attach_session(judgement judged, connect_request request, instant now)
{
    auto s = std::move(judged.session);
    if (s && s->claimed()) {
        return resume(std::move(s), std::move(request), now);
    }
    bool const is_new = s == nullptr;
    bool const may_have_missed = !is_new || !request.last_event_id.empty();
    if (is_new) {
        auto created = begin_session(now, false, judged.new_id);
        if (created.has_error()) {
            return created.error();
        }
        s = std::move(*created);
    }
    try {
        auto plan = sessions_.join(*s, std::move(request.meta), request.last_event_id);
        if (!request.last_event_id.empty() &&
            (sessions_.newest_undelivered(s.get()) > plan.told || others_lack_after(plan.told))) {
            // It may have been sent to the session that the client had before.
            plan.dropped.reset();
        }
        auto made = std::make_unique<client>(shared_from_this(), s, plan, false);
        if (may_have_missed) {
            count_replay(plan);
        }
        return made;
    } catch (...) {
        sessions_.note_moved(*s);
        if (is_new) {
            sessions_.remove(*s);
        }
        throw;
    }
}

result<std::unique_ptr<client>> shard::resume(session_ptr s, connect_request request, instant now)
{
    auto const untold = s->unwritten_lost;
    try {
        auto again = sessions_.reconnect(*s, std::move(request.meta), request.last_event_id, now);
        if (again.has_error()) {
            return again.error();
        }
        auto made = std::make_unique<client>(shared_from_this(), s, again->plan, true);
        counters_[counted::reconnections].add(1);
        count_replay(again->plan);
        if (again->thrashing_began) {
            counters_[counted::thrashing_sessions].add(1);
            tell([&](observer& o) { o.on_session_thrashing(handle_of(s->id()), s->meta(), s->recent->times.size()); });
        }
        return made;
    } catch (...) {
        sessions_.note_moved(*s);
        // The loss is yet to be told, and by another filter it may be another number.
        s->unwritten_lost = untold == 0 ? untold : std::nullopt;
        throw;
    }
}

/// Whether what a new session has missed hangs on events that other shards have yet to write: a moment later it may be
/// known.
bool shard::others_may_lack(connect_request const& request, session const* joined) const
{
    bool const begins = joined == nullptr || !joined->claimed();
    if (!begins || shared_->shard_count == 1 || request.last_event_id.empty()) {
        return false;
    }
    auto const sequence = window_.find(request.last_event_id);
    return sequence && others_lack_after(*sequence);
}

/// Whether another shard has yet to write, or has lost, an event after the sequence that was sent to a session there.
bool shard::others_lack_after(std::uint64_t sequence) const noexcept
{
    for (std::size_t i = 0; i != newest_sent_.size(); ++i) {
        auto const& there = shared_->sent[i];
        if (i != index_ && newest_sent_[i] > sequence &&
            (there.accepted.load(std::memory_order_acquire) < newest_sent_[i] ||
             there.undelivered.load(std::memory_order_acquire) > sequence)) {
            return true;
        }
    }
    return false;
}

void shard::count_replay(replay_plan const& plan) noexcept
{
    bool const all = plan.dropped == 0;
    counters_[all ? counted::replays_full : plan.replay != 0 ? counted::replays_partial : counted::replays_none].add(1);
    counters_[counted::events_replayed].add(plan.replay);
    counters_[counted::events_lost].add(plan.dropped.value_or(0));
}

void shard::stop(std::function<void()> on_stopped)
{
    on_stopped_.push_back(std::move(on_stopped));
    catch_up();
    for (auto it = clients_.begin(); it != clients_.end();) {
        // Ending resumes the client's coroutine, which may destroy it, but no other.
        (it++)->end(end_reason::shut_down);
    }
    report_stopped();
}

void shard::abort()
{
    for (auto it = clients_.begin(); it != clients_.end();) {
        auto& c = *it++;
        if (c.owner_ != nullptr) {
            c.owner_->on_abort();
        }
    }
}

void shard::abandon()
{
    for (auto it = clients_.begin(); it != clients_.end();) {
        (it++)->channel_.abandon();
    }
}

void shard::report_stopped()
{
    if (!on_stopped_.empty() && clients_.empty()) {
        sweep_timer_.cancel();
        lag_timer_.cancel();
        for (auto const& report : std::exchange(on_stopped_, {})) {
            report();
        }
    }
}

} // namespace sluice
