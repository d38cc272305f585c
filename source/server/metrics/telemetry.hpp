#pragma once

#include "self_check.hpp"
#include <sluice/broker.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::server {

/// The server's own numbers as a stream of events, and the self-check that goes with it.
///
/// A second, small broker runs on the executors of the one that it watches. Its events take the same threads, event
/// loops and path, so its latency is what a subscriber would see now; yet nothing of it appears in the watched broker's
/// log, ids and counts. Once per interval, a separate thread publishes an event of the type `stats` there, with one
/// line of JSON, and a client on each shard notes when it gets the event. While there is no subscriber, the numbers are
/// not gathered, and the event is an empty `self-check`. The thread is separate because a blocked thread could not
/// report itself. A shard that does not answer before the next event is logged, and so is its recovery.
///
/// The sessions of this broker end with their connections, so its streams neither set nor read the cookie, which
/// belongs to `/events`. The numbers are totals, so a client that was away has lost nothing.
class telemetry {
public:
    /// `executors` are those of the watched broker, which outlives this object.
    telemetry(std::vector<boost::asio::any_io_executor> executors, broker& watched,
              std::chrono::milliseconds interval = std::chrono::seconds{1});
    ~telemetry() = default;
    telemetry(telemetry const&) = delete;
    telemetry& operator=(telemetry const&) = delete;

    /// Starts the thread. Called once.
    void start();

    /// The broker whose events are the numbers.
    [[nodiscard]] broker& source() noexcept { return broker_; }
    /// The results of the self-check. Safe from any thread.
    [[nodiscard]] self_check_report self_check() const { return check_.report(); }

    /// Stops publishing and ends the streams, as `broker::async_stop` does. Completes with `void()`.
    template <boost::asio::completion_token_for<void()> Token>
    auto async_stop(std::chrono::milliseconds timeout, Token&& token)
    {
        thread_.request_stop();
        return broker_.async_stop(timeout, std::forward<Token>(token));
    }

    /// The most streams at once, not counting the clients of the self-check. Their descriptors come from those that the
    /// streams of `/events` leave free.
    static constexpr std::size_t most_streams = 32;

private:
    [[nodiscard]] boost::asio::awaitable<void> answer(std::size_t shard);
    void run(std::stop_token const& stop);
    void look();
    void publish();

    broker& watched_;
    std::chrono::milliseconds interval_;
    server::self_check check_;
    broker broker_;
    /// How many events were published, which is the sequence of the newest.
    std::uint64_t published_ = 0;
    std::mutex mutex_;
    std::condition_variable_any stopped_;
    // Declared last, because it uses all other members.
    std::jthread thread_;
};

} // namespace sluice::server
