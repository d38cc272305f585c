#include <sluice/fan_out/shard.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace sluice {
namespace {

constexpr std::size_t most_per_slice = 1024;

[[nodiscard]] log_config with_room_for_buffers(broker_config const& c)
{
    auto log = c.log;
    log.max_events = std::max({log.max_events, c.sessions.buffer_size, std::size_t{1}});
    return log;
}

[[nodiscard]] session_id draw_id(std::size_t index, std::size_t shards)
{
    for (;;) {
        auto const id = make_session_id();
        if (home_of(id, shards) == index) {
            return id;
        }
    }
}

} // namespace

shard::shard(boost::asio::any_io_executor executor, std::shared_ptr<shared_state> shared, std::size_t index)
    : executor_{std::move(executor)},
      shared_{std::move(shared)},
      index_{index},
      log_{with_room_for_buffers(shared_->config), shared_->ring.epoch()},
      sessions_{shared_->config.sessions, with_room_for_buffers(shared_->config), log_,
                [index, shards = shared_->shard_count] { return draw_id(index, shards); }, shared_->sessions},
      heartbeats_{shared_->config.streams.heartbeat_interval},
      write_timeouts_{shared_->config.streams.write_timeout},
      sweep_timer_{executor_}
{
    auto const log_events = with_room_for_buffers(shared_->config).max_events;
    max_lag_ = std::min<std::uint64_t>(shared_->config.streams.max_lag, log_events);
    slice_ = std::clamp<std::size_t>(std::min<std::size_t>(log_events, max_lag_) / 2, 1, most_per_slice);
}

void shard::wake()
{
    if (!wake_pending_.exchange(true, std::memory_order_acq_rel)) {
        boost::asio::post(executor_, [self = shared_from_this()] { self->drain(); });
    }
}

void shard::drain()
{
    // Before the ring is looked at: who publishes after this look wakes the shard again.
    wake_pending_.exchange(false, std::memory_order_acq_rel);
    pump();
    if (shared_->ring.ready(index_)) {
        wake();
    }
}

void shard::start()
{
    boost::asio::post(executor_, [self = shared_from_this()] { self->thread_.store(std::this_thread::get_id()); });
}

void shard::catch_up()
{
    auto const published = shared_->ring.claimed();
    while (log_.head().sequence < published && pump() && shared_->ring.ready(index_)) {
    }
}

bool shard::pump()
{
    if (pumping_) {
        return false;
    }
    pumping_ = true;
    take_slice();
    cut_laggards();
    wake_clients();
    settled_ = log_.head();
    pumping_ = false;
    return true;
}

void shard::take_slice()
{
    // Not so much that the log lets go of what its clients have yet to be given.
    std::size_t bytes = 0;
    auto const most_bytes = shared_->config.log.max_bytes / 2;
    for (std::size_t taken = 0; taken != slice_ && bytes <= most_bytes; ++taken) {
        auto const got = shared_->ring.poll(index_, 1, [&](shared_frame f) {
            bytes += f->footprint();
            accept(std::move(f));
        });
        if (got == 0) {
            return;
        }
    }
}

void shard::accept(shared_frame f)
{
    log_.append(f);
    if (!f->is_broadcast()) {
        accept_targeted(f);
        return;
    }
    if (auto const& t = log_.newest_topic(); !t->touched && !t->subscribers.empty()) {
        t->touched = true;
        touched_.push_back(t);
    }
}

void shard::accept_targeted(shared_frame const& f)
{
    auto const now = instant::now();
    for (auto const& id : f->targets()) {
        if (home_of(id, shared_->shard_count) != index_) {
            continue;
        }
        if (auto const s = sessions_.get(id, now)) {
            sent_to_.push_back(s);
            if (!sessions_.buffer_event(*s, f, max_lag_)) {
                cut(*s->current_client());
            }
        }
    }
    while (auto const s = sessions_.enforce_targeted_limits()) {
        cut(*s->current_client());
    }
}

void shard::wake_clients()
{
    if (settled_.ordinal != log_.head().ordinal) {
        client_list woken;
        woken.swap(idle_);
        while (!woken.empty()) {
            auto& c = woken.front();
            woken.pop_front();
            wake_client(c);
        }
    }
    for (auto const& t : std::exchange(touched_, {})) {
        t->touched = false;
        for (auto it = t->subscribers.begin(); it != t->subscribers.end();) {
            // Waking may end the client, and so its subscription, but no other's.
            auto& s = (it++)->subscriber;
            wake_client(*s.current_client());
        }
    }
    for (auto const& s : std::exchange(sent_to_, {})) {
        if (s->active()) {
            wake_client(*s->current_client());
        }
    }
}

void shard::wake_client(client& c)
{
    if (c.channel_.waiting()) {
        c.settle(settled_);
        if (c.has_next()) {
            rouse(c);
        }
    }
}

/// Resumes a waiting client, which from now on may lag.
void shard::rouse(client& c)
{
    c.unlink();
    may_lag(c);
    c.channel_.notify();
}

void shard::may_lag(client& c)
{
    c.state_hook_.unlink();
    busy_.push_back(c);
    busy_from_ = std::min(busy_from_, c.session().at.ordinal);
}

void shard::idle(client& c)
{
    auto const now = std::chrono::steady_clock::now();
    heartbeats_.restart(c, now);
    c.state_hook_.unlink();
    if (!c.session().filtered()) {
        idle_.push_back(c);
    }
    arm_sweep();
}

void shard::blocked(client& c)
{
    write_timeouts_.restart(c, std::chrono::steady_clock::now());
    arm_sweep();
}

void shard::cut_laggards()
{
    auto const head = log_.head().ordinal;
    auto const is_gone = [&](std::uint64_t ordinal) { return ordinal < log_.front(); };
    auto const is_far = [&](std::uint64_t ordinal) { return head - ordinal > max_lag_; };
    if (busy_from_ == topic::none || !(is_gone(busy_from_) || is_far(busy_from_))) {
        return;
    }
    busy_from_ = topic::none;
    for (auto it = busy_.begin(); it != busy_.end();) {
        auto& c = *it++;
        auto const at = c.session().at.ordinal;
        // Who is still being replayed began behind: that is no lag of its own.
        if (is_gone(at) || (is_far(at) && c.replay_left() == 0)) {
            cut(c);
        } else {
            busy_from_ = std::min(busy_from_, at);
        }
    }
}

void shard::cut(client& c)
{
    counters_.slow_consumers_dropped.add(1);
    auto const meta = c.session().meta();
    c.end(errc::slow_consumer);
    if (shared_->watcher != nullptr) {
        shared_->watcher->on_slow_consumer(meta);
    }
}

void shard::arm_sweep()
{
    auto const next = std::min(heartbeats_.next(), write_timeouts_.next());
    if (next >= sweep_at_) {
        return;
    }
    sweep_at_ = next;
    sweep_timer_.expires_at(next);
    sweep_timer_.async_wait([self = weak_from_this()](error_code ec) {
        if (auto const s = self.lock(); s && !ec) {
            s->sweep();
        }
    });
}

void shard::sweep()
{
    sweep_at_ = std::chrono::steady_clock::time_point::max();
    auto const now = std::chrono::steady_clock::now();
    while (auto* const due = heartbeats_.pop_due(now)) {
        auto& c = static_cast<client&>(*due);
        c.settle(settled_);
        c.heartbeat_due_ = true;
        rouse(c);
    }
    while (auto* const due = write_timeouts_.pop_due(now)) {
        auto& c = static_cast<client&>(*due);
        if (c.done()) {
            c.owner_->on_abort();
        } else {
            cut(c);
        }
    }
    arm_sweep();
}

void shard::attach(client& c)
{
    clients_.push_back(c);
    may_lag(c);
    sessions_.connect(*c.session_, c, instant::now());
}

void shard::detach(client& c)
{
    c.unblocked();
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
    if (takes_over || before < shared_->config.streams.max_connections) {
        return true;
    }
    shared_->connections.fetch_sub(1, std::memory_order_relaxed);
    return false;
}

result<std::unique_ptr<client>> shard::connect(connect_request request)
{
    if (shared_->stopping.load()) {
        return make_error_code(errc::stopped);
    }
    // What is published counts as seen before the last id is placed and the session's position is set.
    catch_up();
    auto const now = instant::now();
    auto claimed = claimed_session(request, now);
    if (claimed.has_error()) {
        return claimed.error();
    }
    bool const takes_over = *claimed && (*claimed)->active();
    if (!reserve_connection(takes_over)) {
        return make_error_code(errc::too_many_connections);
    }
    if (takes_over) {
        if (shared_->watcher != nullptr) {
            shared_->watcher->on_takeover((*claimed)->meta());
        }
        (*claimed)->current_client()->end(errc::taken_over);
    }
    auto made = attach_session(std::move(*claimed), std::move(request), now);
    if (made.has_error()) {
        shared_->connections.fetch_sub(1, std::memory_order_relaxed);
    }
    return made;
}

result<session_ptr> shard::claimed_session(connect_request const& request, instant now)
{
    auto const id = parse_session_id(request.claim);
    session_ptr s = id && shared_->config.sessions.reconnection ? sessions_.get(*id, now) : nullptr;
    if (!s || !s->claimed()) {
        return s;
    }
    if (auto const ec = sessions_.validate_ownership(*s, request.meta)) {
        counters_.rejected_claims.add(1);
        if (shared_->watcher != nullptr) {
            shared_->watcher->on_claim_rejected(s->meta(), request.meta);
        }
        return ec;
    }
    if (sessions_.refuses_reconnection(*s, now)) {
        return make_error_code(errc::thrashing);
    }
    return s;
}

result<std::unique_ptr<client>> shard::attach_session(session_ptr s, connect_request request, instant now)
{
    if (s && s->claimed()) {
        auto again = sessions_.reconnect(*s, std::move(request.meta), request.last_event_id, now);
        if (again.has_error()) {
            return again.error();
        }
        counters_.reconnections.add(1);
        if (again->thrashing_began) {
            counters_.thrashing_sessions.add(1);
            if (shared_->watcher != nullptr) {
                shared_->watcher->on_session_thrashing(s->meta());
            }
        }
        return std::make_unique<client>(shared_from_this(), std::move(s), again->plan, true);
    }
    if (!s) {
        auto created = sessions_.create(now, false);
        if (created.has_error()) {
            return created.error();
        }
        s = std::move(*created);
    }
    auto const plan = sessions_.join(*s, std::move(request.meta), request.last_event_id);
    return std::make_unique<client>(shared_from_this(), std::move(s), plan, false);
}

result<session_id> shard::mint()
{
    if (shared_->stopping.load()) {
        return make_error_code(errc::stopped);
    }
    if (!shared_->config.sessions.reconnection) {
        return make_error_code(errc::reconnection_off);
    }
    catch_up();
    auto const made = sessions_.create(instant::now(), true);
    return made.has_error() ? result<session_id>{made.error()} : result<session_id>{(*made)->id()};
}

bool shard::knows(session_id id) { return sessions_.get(id, instant::now()) != nullptr; }

std::optional<bool> shard::disconnect(session_id id)
{
    auto const s = sessions_.get(id, instant::now());
    if (!s) {
        return std::nullopt;
    }
    bool const was_active = s->active();
    if (was_active) {
        s->current_client()->end(errc::disconnected);
    }
    return was_active;
}

bool shard::remove(session_id id)
{
    auto const s = sessions_.get(id, instant::now());
    if (!s) {
        return false;
    }
    if (s->active()) {
        s->current_client()->end(errc::removed);
    }
    sessions_.remove(*s);
    return true;
}

std::vector<session_info> shard::list(std::optional<session_id> after, std::size_t limit)
{
    std::vector<session_info> found;
    for (auto const& s : sessions_.list(after, limit, instant::now())) {
        found.push_back(describe(*s));
    }
    return found;
}

session_info shard::describe(session const& s) const
{
    bool const waits = s.active() && s.current_client()->channel().waiting();
    auto const at = waits ? log_.head() : s.at;
    auto const held = waits ? 0 : s.held_after(at);
    auto const& limits = shared_->config.sessions;
    return {.id = to_string(s.id()),
            .active = s.active(),
            .created = s.created(),
            .last_seen = s.last_seen,
            .reconnections = s.reconnections,
            .buffered = s.active() ? held : std::min<std::uint64_t>(held, limits.buffer_size),
            .lag = log_.head().sequence - at.sequence,
            .last_event_id = to_string(event_id{.hi = log_.epoch(), .lo = at.sequence}),
            .address = s.meta().remote_address,
            .user_agent = s.meta().user_agent,
            .client_version = s.meta().client_version,
            .types = s.meta().subscriptions};
}

shard::collected shard::collect(session const& s, std::uint64_t until, bool replayed, std::size_t limit)
{
    scratch_.clear();
    std::size_t bytes = 0;
    collected found{.to = s.at, .full = false};
    s.for_each_after(s.at, until, [&](frame const& f, position behind) {
        scratch_.push_back(&f);
        bytes += f.bytes(replayed).size();
        found = {.to = behind, .full = bytes >= limit};
        return !found.full;
    });
    return found;
}

run_ptr shard::gather(session const& s, std::uint64_t until, bool replayed)
{
    bool const whole_log = !s.filtered() && s.targeted.first_after(s.at.sequence) == s.targeted.size();
    run_cache::key const k{std::max(s.at.ordinal, log_.front()), until, replayed};
    if (whole_log) {
        if (auto shared = runs_.find(k, log_.head())) {
            return shared;
        }
    }
    auto const found = collect(s, until, replayed, run_bytes);
    if (scratch_.empty()) {
        return nullptr;
    }
    run_ptr made{new run{scratch_, replayed, found.to}};
    if (whole_log) {
        runs_.store(k, made, found.full || until <= log_.head().sequence);
    }
    return made;
}

run_ptr shard::gather_exactly(session const& s, std::uint64_t until, bool replayed)
{
    auto const found = collect(s, until, replayed, std::numeric_limits<std::size_t>::max());
    return run_ptr{new run{scratch_, replayed, found.to}};
}

void shard::stop(std::function<void()> on_stopped)
{
    on_stopped_.push_back(std::move(on_stopped));
    catch_up();
    for (auto it = clients_.begin(); it != clients_.end();) {
        // Ending resumes the client's coroutine, which may destroy it, but no other.
        (it++)->end(errc::shut_down);
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
        for (auto const& report : std::exchange(on_stopped_, {})) {
            report();
        }
    }
}

} // namespace sluice
