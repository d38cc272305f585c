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
/// A second, small broker runs on the executors of the one that it watches: the same threads, event loops and way of
/// an event, so that its latency is what a subscriber would see now, and yet nothing of it is in the watched broker's
/// log, ids and counts. Once in each interval a thread of its own publishes an event of the type `stats` there, whose
/// data are one line of JSON, and a client on each shard notes when it has the event. While nobody else is there to
/// read them the numbers are not gathered, and the event, of the type `self-check`, is empty. The thread is its own
/// because one that is blocked could not tell. A shard that does not answer before the next event is logged, as is its
/// return.
///
/// The sessions of this broker end with their connections, so a stream of it has no cookie and heeds none: in a
/// browser the cookie is that of `/events`. The numbers are totals; a client that was away has lost nothing.
class telemetry {
public:
    /// The executors are those of the watched broker, which outlives this.
    telemetry(std::vector<boost::asio::any_io_executor> executors, broker& watched,
              std::chrono::milliseconds interval = std::chrono::seconds{1});
    ~telemetry() = default;
    telemetry(telemetry const&) = delete;
    telemetry& operator=(telemetry const&) = delete;

    /// Starts the thread. Called once.
    void start();

    /// The broker whose events are the numbers.
    [[nodiscard]] broker& source() noexcept { return broker_; }
    /// What the self-check has shown. Safe from any thread.
    [[nodiscard]] self_check_report self_check() const { return check_.report(); }

    /// Publishes no more and ends the streams, as `broker::async_stop` does. Completes with `void()`.
    template <boost::asio::completion_token_for<void()> Token>
    auto async_stop(std::chrono::milliseconds timeout, Token&& token)
    {
        thread_.request_stop();
        return broker_.async_stop(timeout, std::forward<Token>(token));
    }

    /// The most streams at once, beside the clients of the self-check: within the descriptors that are kept for other
    /// things than the streams of `/events`.
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
    /// How many events were published: the sequence of the newest.
    std::uint64_t published_ = 0;
    std::mutex mutex_;
    std::condition_variable_any stopped_;
    // The last to be made and the first to end: it uses all others.
    std::jthread thread_;
};

} // namespace sluice::server
