#pragma once

#include "fetch.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::server {

/// A JSON Web Key Set at a URL: fetched at the start, again and again, and when a token names a key that it does not
/// have. While it cannot be fetched or used, which is logged, the older one stays. Confined to its executor, except for
/// `ask_for_newer`.
class jwks_source : public std::enable_shared_from_this<jwks_source> {
public:
    using clock = std::chrono::steady_clock;

    /// Calls `on_set` with the text of each set that is fetched and can be used, unless it is that of the last one.
    jwks_source(boost::asio::any_io_executor const& executor, std::string url, std::chrono::milliseconds refresh,
                std::function<void(std::string)> on_set);

    /// Starts fetching.
    void start();
    /// Ends it.
    void stop();

    /// Fetches the set if no token asked for that within the last 30 s. Returns a timer for this executor, of which a
    /// wait ends once what is being fetched is in force, or after 3 s. Safe from any thread.
    [[nodiscard]] std::shared_ptr<boost::asio::steady_timer> ask_for_newer(boost::asio::any_io_executor here);

private:
    using waiting = std::pair<boost::asio::any_io_executor, std::shared_ptr<boost::asio::steady_timer>>;

    [[nodiscard]] boost::asio::awaitable<void> run();
    [[nodiscard]] std::chrono::milliseconds take(fetch::result got);
    void ask(waiting who);
    void release();

    boost::asio::any_io_executor executor_;
    std::string url_;
    std::chrono::milliseconds refresh_;
    std::function<void(std::string)> on_set_;
    fetch fetch_;
    boost::asio::steady_timer timer_;
    std::string text_;
    /// Before the attempt after a failure; each doubles it.
    std::chrono::milliseconds pause_;
    /// When a token last had it fetched.
    std::optional<clock::time_point> asked_;
    std::vector<waiting> waiting_;
    bool is_fetching_ = false;
    bool stopped_ = false;
};

} // namespace sluice::server
