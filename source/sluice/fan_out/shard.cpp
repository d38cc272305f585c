#include <sluice/fan_out/shard.hpp>

#include <sluice/session/read_history.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
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
    : home_{std::move(executor)},
      shared_{std::move(shared)},
      index_{index},
      window_{with_room_for_buffers(shared_->config), shared_->ring.epoch(), shared_->shard_count,
              shared_->config.patterns.get(), &shared_->closed},
      reports_{*shared_},
      sessions_{shared_->config.sessions,
                shared_->in_force,
                window_,
                [index, shards = shared_->shard_count] { return draw_id(index, shards); },
                shared_->sessions,
                [this](session const& s) {
                    auto const most = shared_->config.sessions.buffer_size;
                    reports_.session_expired(s, std::min<std::uint64_t>(s.held_after(s.at), most));
                },
                [this](session_id id) { on_removed(id); }},
      registry_{index},
      directory_{*shared_, sessions_, reports_},
      sent_{shared_->sent, index},
      pump_{shared_->ring, index},
      roster_{window_},
      gatherer_{window_},
      deadlines_{home_.executor(), shared_->config.streams},
      attendance_{window_.audience(), sessions_.subjects(), shared_->config.presence == presence_mode::published},
      presence_publisher_{home_.executor(), *shared_},
      lag_{home_.executor()}
{
}

void shard::start(std::vector<std::weak_ptr<shard>> all)
{
    all_ = std::move(all);
    boost::asio::post(executor(), [self = shared_from_this()] { self->home_.begin(); });
}

bool shard::wake() noexcept
{
    if (pump_.ask()) {
        try {
            boost::asio::post(executor(), [self = shared_from_this()] { self->on_wake(); });
        } catch (...) {
            pump_.take_back();
            return false;
        }
    }
    return true;
}

void shard::on_wake()
{
    pump_.answer();
    if (!may_run()) {
        return;
    }
    pump();
    if (pump_.ready()) {
        wake();
    }
}

void shard::catch_up()
{
    auto const published = pump_.published();
    while (window_.head() < published && pump() && pump_.ready()) {
    }
}

std::uint64_t shard::max_lag() const noexcept
{
    return std::min<std::uint64_t>(shared_->in_force.max_lag(), window_.max_events());
}

history_page shard::history(history_query wanted)
{
    catch_up();
    return read_history(window_, std::move(wanted));
}

bool shard::pump()
{
    if (pump_.running()) {
        return false;
    }
    auto const look_again = [this] {
        roster_.note_all();
        (void)wake();
    };
    ring_pump::round const under_way{pump_, look_again};
    // So few events that the window still holds what its connections have yet to be given.
    auto const most = std::clamp<std::size_t>(max_lag() / 2, 1, most_per_slice);
    pump_.take_slice(most, shared_->config.log.max_bytes / 2, [this](shared_frame const& f) { return take(f); });
    roster_.for_each_that_missed([](follower& f) { f.end(end_reason::no_memory); });
    roster_.for_each_laggard(max_lag(), [this](follower& f) { cut(f); });
    roster_.wake();
    bound_sent();
    roster_.settle();
    latency_.finish();
    return true;
}

/// Takes one event, and returns its weight.
std::size_t shard::take(shared_frame const& f)
{
    if (f->is_mark()) {
        (void)window_.append(f);
        end_streams_of(*f);
        return f->footprint();
    }
    auto const weight = window_.most_bytes(*f);
    bytes_published_ += f->live().size();
    bool const kept = window_.append(f);
    try {
        if (!f->is_broadcast()) {
            take_sent(*f, kept);
        } else if (window_.size() != 0) {
            window_.for_each_newest_selector([this](selector& s) { roster_.note(s); });
        }
        if (kept && f->closes_topics()) {
            end_streams_of(*f);
        }
        latency_.take(*f);
    } catch (std::bad_alloc const&) {
        roster_.note_all();
    }
    reports_.window_shortages(window_.shortages());
    return weight;
}

/// The streams that want only a topic that the frame closes end behind it.
void shard::end_streams_of(frame const& f)
{
    if (!f.closes_topics()) {
        return;
    }
    f.for_each_topic([&](std::string_view name) {
        auto* const topic = window_.audience().topics().find(name);
        if (topic == nullptr) {
            return;
        }
        for (auto const& each : topic->subscribers) {
            if (each.subscriber->session().interest().only_topic() == topic) {
                each.subscriber->end_behind(f.sequence());
            }
        }
        roster_.note(*topic);
    });
}

/// The window has the event if it was `kept`; else memory was too short for it.
void shard::take_sent(frame const& f, bool kept)
{
    auto const now = instant::now();
    auto const most_unwritten = max_lag();
    for (auto const& id : f.targets()) {
        if (auto const s = sessions_.get(id, now)) {
            if (!kept || !hand_to(*s, f, most_unwritten)) {
                lose(*s, f);
            }
        } else {
            note_unknown(id, f);
        }
    }
    sent_.accepted(f.sequence(), sessions_.newest_undelivered());
}

/// Notes that the event is lost, where it is for this shard to do so because the session does not live anywhere: for
/// its home, and until that knows of the end, for the shard that it ended on.
void shard::note_unknown(session_id id, frame const& f) noexcept
{
    bool const is_home = home_of(id, shared_->shard_count) == index_;
    if (is_home ? registry_.is_elsewhere(id) : !registry_.has_ended(id)) {
        return;
    }
    if (is_home && !registry_.is_taken(id)) {
        sessions_.lose_event(f);
    } else {
        // A session may begin under the id on another shard, which gives it the event.
        sessions_.note_lost(f.sequence());
    }
}

/// Returns false if memory was too short to note the event for the session.
bool shard::hand_to(session& s, frame const& f, std::uint64_t most_unwritten)
{
    bool noted = false;
    try {
        roster_.note_sent(s);
        bool const keeps_up = sessions_.buffer_event(s, f, most_unwritten);
        noted = true;
        if (!keeps_up) {
            cut(*s.connection());
        }
    } catch (std::bad_alloc const&) {
        reports_.memory_short();
    }
    return noted;
}

/// The session does not get the event, and its next connection is told so.
void shard::lose(session& s, frame const& f)
{
    sessions_.lose_event(s, f);
    if (s.active()) {
        s.connection()->end(end_reason::no_memory);
    }
}

/// Called after the connections were woken: those that read have written by now what the limits may remove.
void shard::bound_sent()
{
    while (auto const s = sessions_.enforce_targeted_limits()) {
        cut(*s->connection());
    }
}

void shard::cut(follower& f, bool stalled)
{
    // Keeps the session alive, which may be destroyed after the end.
    session_ptr const s = f.shared_session();
    slow_consumer how{.stalled = stalled, .lag = window_.head() - s->at};
    if (f.is_blocked()) {
        how.blocked = deadlines_.blocked_for(f, pump_.now());
    }
    f.end(end_reason::slow_consumer);
    reports_.slow_consumer_cut(*s, how);
}

void shard::attach(follower& f)
{
    roster_.add(f);
    sample_lag();
    sessions_.connect(*f.shared_session(), f, instant::now());
    if (auto const expires = f.session().terms().expires) {
        deadlines_.await_expiry(f, *expires);
        arm_deadlines();
    }
}

void shard::detach(follower& f)
{
    // While a write is under way, the deadline stays, because the last words wait behind that write.
    if (!f.is_blocked()) {
        f.unlink();
    }
    f.keep();
    roster_.leave(f);
    attendance_.leave(std::move(f.stay));
    tell_presence_soon();
    sessions_.disconnect(*f.shared_session(), instant::now());
    shared_->connections.fetch_sub(1, std::memory_order_relaxed);
}

void shard::forget(follower& f)
{
    roster_.remove(f);
    report_stopped();
}

void shard::rest(follower& f)
{
    deadlines_.await_heartbeat(f, pump_.now());
    roster_.rest(f);
    arm_deadlines();
    sample_lag();
}

void shard::blocked(follower& f)
{
    deadlines_.await_write(f, pump_.now());
    arm_deadlines();
}

void shard::moved(session& s)
{
    if (s.targeted.mark() != nullptr) {
        sessions_.note_moved(s);
        tell_undelivered();
    }
}

void shard::note_lost(std::uint64_t sequence) noexcept
{
    sessions_.note_lost(sequence);
    tell_undelivered();
}

void shard::settle_here(session_id id, std::size_t from, claim_turn turn)
{
    auto const home = home_of(id, shared_->shard_count);
    if (home == index_) {
        registry_.note(id, index_);
        turn.reset();
        registry_.tidy(id);
    } else {
        call(home, [id, from, here = index_, its_turn = std::move(turn)](shard& there) mutable {
            there.registry_.note(id, here);
            if (from == there.index_) {
                there.release(id);
            }
            its_turn.reset();
        });
    }
    if (from != home && from != index_) {
        release_at(from, id);
    }
}

/// Forgets a session that another shard has adopted and told of.
void shard::release(session_id id) noexcept
{
    sessions_.release(id);
    sent_.tell_of_move(sessions_.newest_undelivered());
}

void shard::release_at(std::size_t from, session_id id) noexcept
{
    try {
        call(from, [id](shard& there) { there.release(id); });
    } catch (std::bad_alloc const&) {
        // What is left of the session there is in lists beside it until it expires.
        reports_.memory_short();
    }
}

void shard::on_removed(session_id id) noexcept
{
    if (home_of(id, shared_->shard_count) == index_) {
        return;
    }
    try {
        have_forgotten(id, registry_.note_ended(id));
    } catch (std::bad_alloc const&) {
        reports_.memory_short();
    }
}

/// Tells the home of a session that it has ended here. Once the home notes every loss itself, this shard need not.
/// Where memory is short, `tidy` does it again.
void shard::have_forgotten(session_id id, std::uint64_t end) const noexcept
{
    try {
        call(home_of(id, shared_->shard_count), [id, end, here = index_](shard& home) {
            // What is published by now is for the shard that the session ended on.
            home.catch_up();
            home.registry_.forget(id, here);
            try {
                home.call(here, [id, end](shard& there) {
                    there.catch_up();
                    there.registry_.note_forgotten(id, end);
                });
            } catch (std::bad_alloc const&) {
                home.reports_.memory_short();
            }
        });
    } catch (std::bad_alloc const&) {
        reports_.memory_short();
    }
}

void shard::tidy()
{
    registry_.tidy_all();
    registry_.for_each_ended([this](session_id id, std::uint64_t end) { have_forgotten(id, end); });
    directory_.expire();
    end_holds();
    deadlines_.look_at_clock();
    arm_deadlines();
}

std::size_t shard::revoke(revocation const& r)
{
    std::size_t count = 0;
    roster_.for_each([&](follower& f) {
        if (!f.done() && concerns(r, f.session().terms())) {
            f.end(end_reason::grant_revoked);
            ++count;
        }
    });
    return count;
}

void shard::arm_deadlines() noexcept
{
    if (deadlines_.needs_arming()) {
        deadlines_.arm([self = weak_from_this()] {
            if (auto const s = self.lock(); s && s->may_run()) {
                s->sweep();
            }
        });
    }
}

void shard::sweep()
{
    auto const on_heartbeat = [this](deadline_entry& due) {
        auto& f = static_cast<follower&>(due);
        f.settle(roster_.settled());
        f.note_heartbeat();
        roster_.rouse(f);
    };
    auto const on_timeout = [this](deadline_entry& due) {
        auto& f = static_cast<follower&>(due);
        if (f.done()) {
            f.abort();
        } else {
            cut(f, true);
        }
    };
    deadlines_.sweep(ring_pump::clock::now(), on_heartbeat, on_timeout);
    deadlines_.sweep_expired([](expiry_entry& due) { static_cast<follower&>(due).end(end_reason::grant_expired); });
    arm_deadlines();
}

void shard::add_to(broker_metrics& all) const
{
    for (std::size_t i = 0; i != counted_kinds; ++i) {
        all.counts[i] += counters()[static_cast<counted>(i)].get();
    }
    // Every shard reads everything that is published and keeps the same window, so the most advanced one counts.
    all.bytes_published = std::max(all.bytes_published, bytes_published_);
    all.log_events = std::max<std::uint64_t>(all.log_events, window_.size());
    all.log_bytes = std::max<std::uint64_t>(all.log_bytes, window_.bytes());
    all.targeted_bytes = std::max<std::uint64_t>(all.targeted_bytes, window_.targeted_bytes());
    if (window_.size() != 0) {
        all.log_age = std::max(all.log_age, std::chrono::system_clock::now() - window_[0].published());
    }
    all.fan_out_latency += latency_.latency();
    all.socket_latency += latency_.socket_latency();
    all.stream_lag += lag_.lag();
    roster_.for_each_busy([&](follower const& f) { all.blocked_streams += f.is_blocked() ? 1U : 0U; });
}

void shard::sample_lag() noexcept
{
    if (!lag_.rests()) {
        return;
    }
    lag_.start([self = weak_from_this()] {
        auto const s = self.lock();
        if (!s || !s->may_run()) {
            return;
        }
        s->lag_.looked();
        if (s->active_sessions() == 0) {
            return;
        }
        // Does what could not be done when it was due, because memory was short.
        if (s->pump_.ready()) {
            (void)s->wake();
        }
        s->arm_deadlines();
        std::uint64_t busy = 0;
        s->roster_.for_each_busy([&](follower const& f) {
            ++busy;
            s->lag_.observe(s->window_.head() - f.session().at);
        });
        s->lag_.observe(0, s->active_sessions() - busy);
        s->sample_lag();
    });
}

void shard::stop(std::function<void()> on_stopped)
{
    on_stopped_.push_back(std::move(on_stopped));
    catch_up();
    roster_.for_each([](follower& f) { f.end(end_reason::shut_down); });
    report_stopped();
}

void shard::abort()
{
    roster_.for_each([](follower& f) { f.abort(); });
}

void shard::abandon()
{
    roster_.for_each([](follower& f) { f.abandon(); });
}

void shard::report_stopped()
{
    if (!on_stopped_.empty() && roster_.empty()) {
        deadlines_.cancel();
        lag_.cancel();
        presence_publisher_.cancel();
        for (auto const& report : std::exchange(on_stopped_, {})) {
            report();
        }
    }
}

} // namespace sluice
