#pragma once

#include <sluice/fan_out/gatherer.hpp>
#include <sluice/fan_out/home_thread.hpp>
#include <sluice/fan_out/lag_sampler.hpp>
#include <sluice/fan_out/latency_meter.hpp>
#include <sluice/fan_out/reports.hpp>
#include <sluice/fan_out/ring_pump.hpp>
#include <sluice/fan_out/roster.hpp>
#include <sluice/fan_out/sent_seam.hpp>
#include <sluice/fan_out/shared_state.hpp>
#include <sluice/fan_out/stream_deadlines.hpp>
#include <sluice/fan_out/window.hpp>
#include <sluice/history.hpp>
#include <sluice/presence/attendance.hpp>
#include <sluice/presence/presence_hold.hpp>
#include <sluice/presence/presence_publisher.hpp>
#include <sluice/session/directory.hpp>
#include <sluice/session/registry.hpp>
#include <sluice/session/session_manager.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace sluice {

/// One thread's share of the broker. It owns the parts that take the ring's events into a window of the log and wake
/// the sessions that live here. Confined to the thread that runs its executor, except where stated.
class shard : public std::enable_shared_from_this<shard> {
public:
    shard(boost::asio::any_io_executor executor, std::shared_ptr<shared_state> shared, std::size_t index);

    /// @name Safe from any thread
    /// @{
    [[nodiscard]] boost::asio::any_io_executor const& executor() const noexcept { return home_.executor(); }
    [[nodiscard]] home_thread const& home() const noexcept { return home_; }
    /// Makes the shard look at the ring. One wake is queued at a time. Returns false if memory was too short; then the
    /// next wake does it, or the shard itself within a second while it has streams.
    bool wake() noexcept;
    /// For waiting publishers: whether there is room, and when to look again.
    [[nodiscard]] ring_pump const& rounds() const noexcept { return pump_; }
    void wake_publishers() noexcept { pump_.wake_publishers(); }
    [[nodiscard]] shard_counters const& counters() const noexcept { return reports_.counters(); }
    [[nodiscard]] std::size_t active_sessions() const noexcept { return sessions_.active(); }
    [[nodiscard]] std::size_t index() const noexcept { return index_; }
    /// @}

    /// Makes the broker's shards, in their order, known, and notes which thread is the shard's. Called once.
    void start(std::vector<std::weak_ptr<shard>> all);
    /// Whether the running handler may touch the shard.
    [[nodiscard]] bool may_run() noexcept { return home_.may_run(); }

    /// Takes a bounded number of events from the ring and wakes the connections that they concern; returns false if it
    /// was called from within itself.
    bool pump();
    /// Takes everything that is published by now.
    void catch_up();
    /// Adds the shard's counters and state. It visits the streams that do not wait for events.
    void add_to(broker_metrics& all) const;

    /// Ends every stream, tells the sockets' clients, and calls `on_stopped` when the last connection is gone.
    void stop(std::function<void()> on_stopped);
    /// Closes the remaining connections.
    void abort();
    /// Destroys the coroutines that still wait for events. REQUIRES: nothing runs the executor any more.
    void abandon();

    /// @name The parts
    /// @{
    [[nodiscard]] shared_state& shared() noexcept { return *shared_; }
    [[nodiscard]] std::shared_ptr<shared_state> const& share() const noexcept { return shared_; }
    [[nodiscard]] sluice::window const& window() const noexcept { return window_; }
    /// Reads a page of the window, with all that was published before. Throws `std::bad_alloc`.
    [[nodiscard]] history_page history(history_query wanted);
    [[nodiscard]] session_manager& sessions() noexcept { return sessions_; }
    [[nodiscard]] sluice::directory& directory() noexcept { return directory_; }
    [[nodiscard]] sluice::registry& registry() noexcept { return registry_; }
    [[nodiscard]] sluice::reports& reports() noexcept { return reports_; }
    [[nodiscard]] sent_seam const& sent() const noexcept { return sent_; }
    [[nodiscard]] sluice::gatherer& gatherer() noexcept { return gatherer_; }
    [[nodiscard]] sluice::attendance const& attendance() const noexcept { return attendance_; }
    /// @}

    /// @name For sessions that move
    /// @{
    /// The session lives here from now on, and not on the shard `from` any more, which may be this one too: tells its
    /// home, where the turn ends, and `from`, which forgets it. If it throws `std::bad_alloc`, nobody was told.
    void settle_here(session_id id, std::size_t from, claim_turn turn);
    /// Ends the streams whose grants are withdrawn; returns how many.
    std::size_t revoke(revocation const& r);
    /// Removes the expired sessions, and does again what is due to moves and was not done because memory was short.
    void tidy();
    /// @}

    /// @name Presence
    /// @{
    /// A connection begins: counts it on the topics that it names. Throws `std::bad_alloc`.
    void count_in(follower& f);
    /// Keeps what the session's connection, if it has one, is counted in until the hold ends: another shard's
    /// connection takes the session over. Throws `std::bad_alloc`.
    [[nodiscard]] presence_hold hold_present(session const& s);
    /// Tells the topics' homes now who has come and who has left. It is done soon in any case.
    void tell_presence() noexcept;
    /// Another shard, or this one, tells the home of topics.
    void note_presence(std::vector<presence_change> const& changes) noexcept;
    /// @}

    /// @name For its connections
    /// @{
    /// A connection begins; `shared_state::connections` counts it already.
    void attach(follower& f);
    /// The connection has ended; its session is buffered from now on.
    void detach(follower& f);
    /// The connection is destroyed.
    void forget(follower& f);
    /// It waits for events.
    void rest(follower& f);
    /// Its socket takes nothing.
    void blocked(follower& f);
    /// Its session's position has moved.
    void moved(session& s);
    /// Tells the other shards which event is not written to its session here.
    void tell_undelivered() noexcept { sent_.tell(sessions_.newest_undelivered()); }
    /// The event with the sequence, sent to a session here, will not be written. 0 does nothing.
    void note_lost(std::uint64_t sequence) noexcept;
    /// Its socket has taken a write of live events, the oldest of which was published at this time.
    void on_written(std::chrono::system_clock::time_point oldest) { latency_.wrote(oldest, !pump_.running()); }
    /// Every waiting connection has been sent what matches up to here.
    [[nodiscard]] std::uint64_t settled() const noexcept { return roster_.settled(); }
    /// @}

private:
    void on_wake();
    /// How many events a connection may be behind: no more than the log holds.
    [[nodiscard]] std::uint64_t max_lag() const noexcept;
    std::size_t take(shared_frame const& f);
    void end_streams_of(frame const& f);
    void take_sent(frame const& f, bool kept);
    void note_unknown(session_id id, frame const& f) noexcept;
    void on_removed(session_id id) noexcept;
    template <class F>
    void call(std::size_t index, F f) const;
    void release(session_id id) noexcept;
    void release_at(std::size_t from, session_id id) noexcept;
    void have_forgotten(session_id id, std::uint64_t end) const noexcept;
    [[nodiscard]] bool hand_to(session& s, frame const& f, std::uint64_t most_unwritten);
    void lose(session& s, frame const& f);
    void bound_sent();
    void cut(follower& f, bool stalled = false);
    void tell_presence_soon() noexcept;
    void end_holds() noexcept;
    void publish_presence() noexcept;
    void sample_lag() noexcept;
    void arm_deadlines() noexcept;
    void sweep();
    void report_stopped();

    home_thread home_;
    std::shared_ptr<shared_state> shared_;
    std::size_t index_;
    std::vector<std::weak_ptr<shard>> all_;
    sluice::window window_;
    sluice::reports reports_;
    session_manager sessions_;
    sluice::registry registry_;
    sluice::directory directory_;
    sent_seam sent_;
    ring_pump pump_;
    roster roster_;
    sluice::gatherer gatherer_;
    stream_deadlines deadlines_;
    sluice::attendance attendance_;
    bool tells_soon_ = false;
    /// What holds have taken from connections; a hold is over when its token is.
    struct held_stay {
        std::weak_ptr<void> token;
        presence_stay what;
    };
    std::vector<held_stay> held_;
    presence_publisher presence_publisher_;
    latency_meter latency_;
    lag_sampler lag_;
    /// The bytes of all events taken from the ring, as they go out on a stream.
    std::uint64_t bytes_published_ = 0;
    std::vector<std::function<void()>> on_stopped_;
};

/// Runs `f(shard&)` on another shard's thread, after what this one has had it run before. Throws `std::bad_alloc`.
template <class F>
void shard::call(std::size_t index, F f) const
{
    if (auto there = all_[index].lock()) {
        auto const& executor = there->executor();
        boost::asio::post(executor, [there = std::move(there), f = std::move(f)]() mutable { f(*there); });
    }
}

} // namespace sluice
