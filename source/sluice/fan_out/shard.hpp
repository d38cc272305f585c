#pragma once

#include <sluice/config.hpp>
#include <sluice/delivery/client.hpp>
#include <sluice/fan_out/batch.hpp>
#include <sluice/fan_out/connect_request.hpp>
#include <sluice/fan_out/deadline_list.hpp>
#include <sluice/fan_out/event_ring.hpp>
#include <sluice/fan_out/latency_meter.hpp>
#include <sluice/fan_out/shard_counters.hpp>
#include <sluice/fan_out/standing.hpp>
#include <sluice/fan_out/window.hpp>
#include <sluice/limits.hpp>
#include <sluice/observer.hpp>
#include <sluice/session/handle.hpp>
#include <sluice/session/session_manager.hpp>
#include <sluice/stats.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace sluice {

/// What a shard tells the others of the events that were sent to its sessions.
struct alignas(64) sent_events {
    /// The newest that it has taken from the ring.
    std::atomic<std::uint64_t> accepted{0};
    /// Of those the newest that is not written to its session: it waits for it, or was lost.
    std::atomic<std::uint64_t> undelivered{0};
};

/// What all shards of a broker share: nothing that the way from a publisher to a socket writes, but the ring.
struct shared_state {
    shared_state(broker_config const& c, std::size_t shards, std::uint64_t epoch, observer* o)
        : config{c},
          in_force{limits::of(c)},
          ring{c.log.ring_size, shards, epoch},
          shard_count{shards},
          sent(shards),
          watcher{o}
    {
    }

    /// As the broker began; `in_force` has what may have changed since.
    broker_config config;
    live_limits in_force;
    /// What sessions are called where their ids are secret.
    handle_key handles;
    event_ring ring;
    std::size_t shard_count;
    /// One for each shard; written for events to single sessions only.
    std::vector<sent_events> sent;
    observer* watcher;
    std::atomic<std::size_t> connections{0};
    std::atomic<std::size_t> sessions{0};
    /// Publishes that found no room in the ring: those wait anyway.
    std::atomic<std::uint64_t> publishes_delayed{0};
    /// Sessions that sends named and that were not known.
    std::atomic<std::uint64_t> unknown_targets{0};
    std::atomic<bool> stopping{false};
    /// Publishers that have seen that the broker does not stop, and may push yet.
    std::atomic<std::size_t> publishers{0};
};

/// What came of a call on a shard's thread. (Asio of Boost 1.81 cannot await an exception beside a value.)
template <class R>
struct outcome {
    R returned{};
    std::exception_ptr thrown;

    /// What it returned; throws what it threw.
    R get() &&
    {
        if (thrown) {
            std::rethrow_exception(thrown);
        }
        return std::move(returned);
    }
};

/// One thread's share of the broker: it reads the ring, keeps its own window of the log, and wakes the sessions that
/// live here. Everything is confined to the thread that runs its executor, but where said.
class shard : public std::enable_shared_from_this<shard> {
public:
    shard(boost::asio::any_io_executor executor, std::shared_ptr<shared_state> shared, std::size_t index);
    ~shard() = default;
    shard(shard const&) = delete;
    shard& operator=(shard const&) = delete;

    /// @name Safe from any thread
    /// @{
    [[nodiscard]] boost::asio::any_io_executor const& executor() const noexcept { return executor_; }
    /// Has the shard look at the ring; one wake is under way at a time. False when memory was too short for it: then
    /// the next one does it, or the shard itself within a second while it has streams.
    bool wake() noexcept;
    /// Whether the calling thread is to do the shard's work, may wait for it, or neither. While nobody has run the
    /// executor yet, who knows whether it is not for this thread to do so.
    [[nodiscard]] standing standing_of_caller() const;
    /// Whether the shard leaves room in the ring for so many events more.
    [[nodiscard]] bool leaves_room(std::size_t events) const noexcept
    {
        return shared_->ring.leaves_room(index_, events);
    }
    /// How often the shard has taken from the ring, for `wait_for_round_after`.
    [[nodiscard]] std::uint32_t rounds() const noexcept { return rounds_.load(std::memory_order_acquire); }
    /// Blocks until the shard has taken from the ring more often than that, or `wake_publishers` is called.
    void wait_for_round_after(std::uint32_t rounds) const noexcept { rounds_.wait(rounds, std::memory_order_acquire); }
    void wake_publishers() noexcept
    {
        rounds_.fetch_add(1, std::memory_order_acq_rel);
        rounds_.notify_all();
    }
    /// Whether handlers of the executor were seen on several threads that nothing keeps apart.
    [[nodiscard]] bool misused() const noexcept { return misused_.load(std::memory_order_relaxed); }
    [[nodiscard]] shard_counters const& counters() const noexcept { return counters_; }
    [[nodiscard]] std::size_t active_sessions() const noexcept { return sessions_.active(); }
    [[nodiscard]] std::size_t total_sessions() const noexcept { return sessions_.total(); }
    /// Runs `f(shard&)` on the shard's thread and completes with `void(outcome<R>)`: what it returned or threw.
    /// Not cancellable.
    template <class F, class Token>
    auto async_call(F f, Token&& token);
    /// @}

    /// Notes which thread is the shard's. Called once.
    void start();
    /// Whether what runs now may touch the shard. An `io_context` whose handlers turn up on a second thread is misused
    /// from then on: nothing says that they do not run at once.
    [[nodiscard]] bool may_run();

    /// Takes what the ring has, up to a bound, and wakes who is concerned; false when it was called from within itself.
    bool pump();
    /// Whether the shard is at that: it must not be begun from within itself.
    [[nodiscard]] bool pumping() const noexcept { return pumping_; }
    /// Takes all that is published by now.
    void catch_up();

    /// Null, with nothing done and the request as it was, when the other shards are to catch up first: events that were
    /// sent to their sessions may not be written yet. With `caught_up` it is not asked for.
    [[nodiscard]] result<std::unique_ptr<client>> connect(connect_request& request, bool caught_up);
    /// The id of a new session that nobody owns yet.
    [[nodiscard]] result<session_id> mint();
    /// Those of the sessions that are known.
    [[nodiscard]] std::vector<session_id> known_among(std::span<session_id const> ids);
    /// Whether the session had a connection; nothing when it is unknown.
    [[nodiscard]] std::optional<bool> disconnect(session_id id);
    [[nodiscard]] bool remove(session_id id);
    /// Removes all sessions of the subject, and says how many they were.
    std::size_t remove_all(std::string const& subject);
    [[nodiscard]] std::vector<session_info> list(session_query const& wanted);
    /// One session; nothing when it is unknown.
    [[nodiscard]] std::optional<session_info> find(session_id id);
    /// The ids of all sessions, in no order.
    [[nodiscard]] std::vector<session_id> ids() const { return sessions_.ids(); }
    std::size_t expire() { return sessions_.expire(instant::now()); }
    /// Adds what the shard has done and holds. Looks at the streams that do not wait for events: no more than the next
    /// event would have to be written to.
    void add_to(broker_metrics& all) const;

    /// Ends every stream, tells the sockets' clients, and calls `on_stopped` when the last client is gone.
    void stop(std::function<void()> on_stopped);
    /// Closes the connections of the clients that are left.
    void abort();
    /// Destroys the coroutines that still wait for their clients. Nothing runs the executor any more.
    void abandon();

    /// @name For the clients
    /// @{
    [[nodiscard]] shard_counters& counters() noexcept { return counters_; }
    [[nodiscard]] sluice::window const& window() const noexcept { return window_; }
    /// Every client that waits has been sent what matches up to here.
    [[nodiscard]] position settled() const noexcept { return settled_; }
    [[nodiscard]] broker_config const& config() const noexcept { return shared_->config; }
    [[nodiscard]] std::string handle_of(session_id id) const { return shared_->handles.handle_of(id); }
    /// A stream's socket has taken a write of live events, the oldest of which was published then.
    void on_written(std::chrono::system_clock::time_point oldest) { latency_.wrote(oldest, !pumping_); }
    void attach(client& c);
    void detach(client& c, end_reason reason);
    void forget(client& c);
    void idle(client& c);
    void blocked(client& c);
    /// The session's position has moved.
    void moved(session& s)
    {
        if (s.targeted.mark() != nullptr) {
            sessions_.note_moved(s);
            tell_undelivered();
        }
    }
    [[nodiscard]] batch_ptr gather(session const& s, std::uint64_t until, bool replayed);
    [[nodiscard]] batch_ptr gather_exactly(session const& s, std::uint64_t until, bool replayed);
    /// @}

private:
    using all_clients =
        boost::intrusive::list<client, boost::intrusive::member_hook<client, client::hook, &client::all_hook_>,
                               boost::intrusive::constant_time_size<false>>;
    using client_list =
        boost::intrusive::list<client, boost::intrusive::member_hook<client, client::hook, &client::state_hook_>,
                               boost::intrusive::constant_time_size<false>>;

    class pumping_scope;
    void drain();
    /// Tells the observer, if there is one. What that throws is nobody's: nothing is undone for it.
    template <class F>
    void tell(F f) const noexcept
    {
        if (shared_->watcher != nullptr) {
            try {
                f(*shared_->watcher);
            } catch (...) { // NOLINT(bugprone-empty-catch): as it says above
            }
        }
    }
    /// How many events a client may be behind: no more than the log holds.
    [[nodiscard]] std::uint64_t max_lag() const noexcept;
    /// How many events are taken from the ring before the clients are woken: few enough that the log still holds them.
    [[nodiscard]] std::size_t slice() const noexcept;
    void take_slice();
    void accept(shared_frame const& f);
    void note_touched();
    void accept_targeted(shared_frame const& f);
    [[nodiscard]] bool hand_to(session& s, shared_frame const& f, std::uint64_t most_unwritten);
    void bound_targeted();
    void wake_clients();
    void wake_all();
    void cut_who_missed();
    void wake_idle();
    void wake_subscribers(selector& t);
    template <class Iterator, class F>
    static void prefetch_next(Iterator next, Iterator const& end, F client_of) noexcept;
    void wake_for_targeted(client& c);
    void rouse(client& c);
    void may_lag(client& c);
    void cut_laggards();
    void cut(client& c, bool stalled = false);
    [[nodiscard]] result<std::unique_ptr<client>> let_in(connect_request& request, bool caught_up);
    /// What comes of a claim.
    struct judgement {
        /// The session to go on with; null: a new one.
        session_ptr session{};
        /// The id under which the new one begins; nothing: a drawn one.
        std::optional<session_id> new_id{};
        /// The request has the cookie of a session that is known.
        bool brings_cookie = false;
    };
    [[nodiscard]] result<judgement> judge_claim(connect_request const& request, instant now);
    [[nodiscard]] result<std::unique_ptr<client>> attach_session(judgement judged, connect_request request,
                                                                 instant now);
    [[nodiscard]] result<std::unique_ptr<client>> resume(session_ptr s, connect_request request, instant now);
    [[nodiscard]] bool others_may_lack(connect_request const& request, session const* joined) const;
    [[nodiscard]] bool others_lack_after(std::uint64_t sequence) const noexcept;
    void tell_undelivered() noexcept
    {
        shared_->sent[index_].undelivered.store(sessions_.newest_undelivered(), std::memory_order_release);
    }
    void count_replay(replay_plan const& plan) noexcept;
    void observe_lag();
    void sample_lag() noexcept;
    void catch_up_late();
    [[nodiscard]] result<session_ptr> begin_session(instant now, bool minted, std::optional<session_id> id = {});
    void on_expired(session const& s);
    void report_opened(client const& c) const;
    void report_ended(client const& c, end_reason reason) const;
    [[nodiscard]] bool reserve_connection(bool takes_over) noexcept;
    error_code report(error_code refusal);
    void sweep();
    void arm_sweep() noexcept;
    void report_stopped();
    struct collected {
        position to;
        bool full;
    };
    [[nodiscard]] collected collect(session const& s, std::uint64_t until, bool replayed, std::size_t limit);
    [[nodiscard]] session_info describe(session const& s) const;
    /// The time, which while events are handed out is that at which this began: it is asked for each client.
    [[nodiscard]] std::chrono::steady_clock::time_point now() const noexcept
    {
        return pumping_ ? pumping_since_ : std::chrono::steady_clock::now();
    }

    boost::asio::any_io_executor executor_;
    std::shared_ptr<shared_state> shared_;
    std::size_t index_;
    /// How many events the log holds.
    std::uint64_t log_events_;
    sluice::window window_;
    session_manager sessions_;
    shard_counters counters_;
    latency_meter latency_;
    histogram lag_{stream_lag_bounds};
    /// Of all events that were taken from the ring, as they go out on a stream.
    std::uint64_t bytes_published_ = 0;
    batch_cache batches_;
    position settled_;
    all_clients clients_;
    /// Waiting clients without a filter: the next broadcast is for all of them.
    client_list idle_;
    /// Clients that do not wait, because their connection takes nothing or they are at something else: they may lag.
    client_list busy_;
    /// No busy client is at an earlier broadcast.
    std::uint64_t busy_from_ = selector::none;
    std::vector<frame const*> scratch_;
    std::vector<selector_ptr> touched_;
    /// Memory was too short to note who is to be woken: everybody is looked at.
    bool wakes_all_ = false;
    /// As far as it was told: `window::shortages`.
    std::uint64_t shortages_told_ = 0;
    std::vector<session_ptr> sent_to_;
    /// The newest event that was sent to a session of each shard.
    std::vector<std::uint64_t> newest_sent_;
    deadline_list heartbeats_;
    deadline_list write_timeouts_;
    boost::asio::steady_timer sweep_timer_;
    std::chrono::steady_clock::time_point sweep_at_ = std::chrono::steady_clock::time_point::max();
    /// Runs while there are streams.
    boost::asio::steady_timer lag_timer_;
    bool samples_lag_ = false;
    std::vector<std::function<void()>> on_stopped_;
    bool pumping_ = false;
    std::chrono::steady_clock::time_point pumping_since_;
    /// The one thread of an executor that is an `io_context`'s; none yet, or the executor sees to it itself.
    std::atomic<std::thread::id> thread_{};
    /// A handler of the executor has run.
    std::atomic<bool> begun_{false};
    bool one_thread_;
    std::atomic<bool> misused_{false};
    // On a line of its own: publishers write it.
    alignas(64) std::atomic<bool> wake_pending_{false};
    // On another: publishers that wait read it, and the shard writes it once a slice.
    alignas(64) std::atomic<std::uint32_t> rounds_{0};
};

template <class F, class Token>
auto shard::async_call(F f, Token&& token)
{
    using R = std::invoke_result_t<F&, shard&>;
    return boost::asio::async_initiate<Token, void(outcome<R>)>(
        [self = shared_from_this()](auto handler, F call) {
            auto const completion = boost::asio::get_associated_executor(handler, self->executor_);
            boost::asio::post(self->executor_, [self, call = std::move(call), handler = std::move(handler),
                                                work = boost::asio::make_work_guard(completion)]() mutable {
                outcome<R> found;
                try {
                    found.returned = call(*self);
                } catch (...) {
                    found.thrown = std::current_exception();
                }
                boost::asio::dispatch(work.get_executor(), boost::asio::append(std::move(handler), std::move(found)));
            });
        },
        token, std::move(f));
}

} // namespace sluice
