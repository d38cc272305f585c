#include <sluice/fan_out/shard.hpp>

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <exception>
#include <limits>
#include <new>
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
      log_events_{with_room_for_buffers(shared_->config).max_events},
      window_{with_room_for_buffers(shared_->config), shared_->ring.epoch(), shared_->shard_count},
      sessions_{shared_->config.sessions,
                with_room_for_buffers(shared_->config),
                shared_->in_force,
                window_,
                [index, shards = shared_->shard_count] { return draw_id(index, shards); },
                shared_->sessions,
                [this](session const& s) { on_expired(s); }},
      newest_sent_(shared_->shard_count),
      heartbeats_{shared_->config.streams.heartbeat_interval},
      write_timeouts_{shared_->config.streams.write_timeout},
      sweep_timer_{executor_},
      lag_timer_{executor_},
      one_thread_{executor_.target<boost::asio::io_context::executor_type>() != nullptr}
{
}

std::uint64_t shard::max_lag() const noexcept { return std::min(shared_->in_force.max_lag(), log_events_); }

std::size_t shard::slice() const noexcept { return std::clamp<std::size_t>(max_lag() / 2, 1, most_per_slice); }

bool shard::wake() noexcept
{
    if (!wake_pending_.exchange(true, std::memory_order_acq_rel)) {
        try {
            boost::asio::post(executor_, [self = shared_from_this()] { self->drain(); });
        } catch (...) {
            wake_pending_ = false;
            return false;
        }
    }
    return true;
}

void shard::drain()
{
    // Before the ring is looked at: who publishes after this look wakes the shard again.
    wake_pending_.exchange(false, std::memory_order_acq_rel);
    if (!may_run()) {
        return;
    }
    pump();
    if (shared_->ring.ready(index_)) {
        wake();
    }
}

void shard::start()
{
    boost::asio::post(executor_, [self = shared_from_this()] {
        (void)self->may_run();
        self->begun_.store(true, std::memory_order_release);
    });
}

standing shard::standing_of_caller() const
{
    if (!begun_.load(std::memory_order_acquire)) {
        return standing::needed;
    }
    auto const found = standing_to(executor_);
    if (!one_thread_) {
        return found;
    }
    // Between two runs of the context, too, its work is for the one thread that runs it; another that does is misuse.
    bool const is_its_thread = thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
    return is_its_thread ? standing::inside : found == standing::inside ? standing::needed : found;
}

bool shard::may_run()
{
    if (!one_thread_) {
        return true;
    }
    auto const here = std::this_thread::get_id();
    auto first = std::thread::id{};
    if (thread_.load(std::memory_order_relaxed) != here && !thread_.compare_exchange_strong(first, here)) {
        misused_ = true;
    }
    return !misused();
}

void shard::catch_up()
{
    auto const published = shared_->ring.claimed();
    while (window_.head().sequence < published && pump() && shared_->ring.ready(index_)) {
    }
}

/// While it lives the shard pumps. When what a stream's owner does for its events throws, all are looked at again.
class shard::pumping_scope {
public:
    explicit pumping_scope(shard& s) noexcept : shard_{s}
    {
        shard_.pumping_since_ = shard_.now();
        shard_.pumping_ = true;
    }
    ~pumping_scope()
    {
        shard_.pumping_ = false;
        if (std::uncaught_exceptions() != exceptions_) {
            shard_.wakes_all_ = true;
            (void)shard_.wake();
        }
    }
    pumping_scope(pumping_scope const&) = delete;
    pumping_scope& operator=(pumping_scope const&) = delete;

private:
    shard& shard_;
    int exceptions_ = std::uncaught_exceptions();
};

bool shard::pump()
{
    if (pumping_) {
        return false;
    }
    pumping_scope const pumping{*this};
    take_slice();
    wake_publishers();
    cut_who_missed();
    cut_laggards();
    wake_clients();
    bound_targeted();
    settled_ = window_.head();
    latency_.finish();
    return true;
}

void shard::take_slice()
{
    // Not so much that the log lets go of what its clients have yet to be given.
    std::size_t bytes = 0;
    auto const most_bytes = shared_->config.log.max_bytes / 2;
    auto const most_events = slice();
    for (std::size_t taken = 0; taken != most_events && bytes <= most_bytes; ++taken) {
        auto const got = shared_->ring.poll(index_, 1, [&](shared_frame const& f) {
            bytes += window_.most_bytes(*f);
            accept(f);
        });
        if (got == 0) {
            return;
        }
    }
}

void shard::accept(shared_frame const& f)
{
    bytes_published_ += f->live().size();
    window_.append(f);
    try {
        if (f->is_broadcast()) {
            note_touched();
        } else {
            accept_targeted(f);
        }
        latency_.take(*f);
    } catch (std::bad_alloc const&) {
        wakes_all_ = true;
    }
    if (window_.shortages() != shortages_told_) {
        shortages_told_ = window_.shortages();
        tell([](observer& o) { o.on_memory_short(); });
    }
}

void shard::note_touched()
{
    bool const is_lost = window_.size() == 0;
    if (is_lost) {
        return;
    }
    if (auto& t = window_.newest_selector(); !t.touched && !t.subscribers.empty()) {
        touched_.emplace_back(&t);
        t.touched = true;
    }
}

void shard::accept_targeted(shared_frame const& f)
{
    auto const now = instant::now();
    auto const most_unwritten = max_lag();
    for (auto const& id : f->targets()) {
        auto const home = home_of(id, shared_->shard_count);
        newest_sent_[home] = f->sequence();
        if (home != index_) {
            continue;
        }
        auto const s = sessions_.get(id, now);
        if (!s) {
            sessions_.note_lost(f->sequence());
        } else if (!hand_to(*s, f, most_unwritten) && s->active()) {
            s->current_client()->end(end_reason::no_memory);
        }
    }
    if (newest_sent_[index_] == f->sequence()) {
        tell_undelivered();
        shared_->sent[index_].accepted.store(f->sequence(), std::memory_order_release);
    }
}

/// False when memory was too short to keep the event for the session: it is lost, and the session's next connection is
/// told so.
bool shard::hand_to(session& s, shared_frame const& f, std::uint64_t most_unwritten)
{
    try {
        sent_to_.emplace_back(&s);
        if (!sessions_.buffer_event(s, f, most_unwritten)) {
            cut(*s.current_client());
        }
        return true;
    } catch (std::bad_alloc const&) {
        sessions_.lose_event(s, *f);
        tell([](observer& o) { o.on_memory_short(); });
        return false;
    }
}

/// After the clients had their chance: who reads has written by now what the bounds may take away.
void shard::bound_targeted()
{
    while (auto const s = sessions_.enforce_targeted_limits()) {
        cut(*s->current_client());
    }
}

void shard::cut_laggards()
{
    auto const head = window_.head().ordinal;
    auto const most = max_lag();
    auto const is_gone = [&](std::uint64_t ordinal) { return ordinal < window_.front(); };
    auto const is_far = [&](std::uint64_t ordinal) { return head - ordinal > most; };
    if (busy_from_ == selector::none || !(is_gone(busy_from_) || is_far(busy_from_))) {
        return;
    }
    busy_from_ = selector::none;
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

void shard::cut(client& c, bool stalled)
{
    // Before the end, after which the session may be no more.
    session_ptr const s = c.session_;
    slow_consumer how{.stalled = stalled, .lag = window_.head().sequence - s->at.sequence};
    if (shared_->config.streams.write_timeout.count() != 0 && c.is_blocked()) {
        auto const since = c.deadline() - shared_->config.streams.write_timeout;
        how.blocked = std::chrono::duration_cast<std::chrono::milliseconds>(now() - since);
    }
    c.end(end_reason::slow_consumer);
    tell([&](observer& o) { o.on_slow_consumer(handle_of(s->id()), s->meta(), how); });
}

void shard::arm_sweep() noexcept
{
    auto const next = std::min(heartbeats_.next(), write_timeouts_.next());
    if (next >= sweep_at_) {
        return;
    }
    try {
        sweep_timer_.expires_at(next);
        sweep_timer_.async_wait([self = weak_from_this()](error_code ec) {
            if (auto const s = self.lock(); s && !ec) {
                s->sweep();
            }
        });
        sweep_at_ = next;
    } catch (std::exception const&) {
        // The next client that waits arms it, or the shard itself within a second.
        sweep_at_ = std::chrono::steady_clock::time_point::max();
    }
}

void shard::sweep()
{
    if (!may_run()) {
        return;
    }
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
        if (!c.done()) {
            cut(c, true);
        } else if (c.owner_ != nullptr) {
            c.owner_->on_abort();
        }
    }
    arm_sweep();
}

} // namespace sluice
