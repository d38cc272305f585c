#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <vector>

namespace sluice {

class shard;

/// The one coroutine that removes expired sessions. At each interval it visits every shard in turn, on the shard's own
/// thread, and removes the sessions that are due there, oldest first.
class cleanup : public std::enable_shared_from_this<cleanup> {
public:
    cleanup(std::vector<std::shared_ptr<shard>> shards, std::chrono::milliseconds interval);

    /// Starts the coroutine on the first shard's executor. It keeps this object alive.
    void start();
    /// Ends the coroutine. Safe from any thread.
    void stop();

private:
    [[nodiscard]] boost::asio::awaitable<void> run();

    std::vector<std::shared_ptr<shard>> shards_;
    std::chrono::milliseconds interval_;
    boost::asio::steady_timer timer_;
    bool stopped_ = false;
};

} // namespace sluice
