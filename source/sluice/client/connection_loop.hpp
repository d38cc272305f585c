#pragma once

#include <sluice/client/byte_stream.hpp>
#include <sluice/client/core.hpp>
#include <sluice/client/dialer.hpp>
#include <sluice/client/ending.hpp>
#include <sluice/client/reconnection_delay.hpp>
#include <sluice/client/watchdog.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/url/url.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// The coroutine of an event source: it connects, reads, and connects again (WHATWG HTML, 9.2.3). It owns everything
/// that belongs to the executor's context, and is destroyed with that context at the latest.
class connection_loop {
public:
    /// Starts the coroutine, which destroys itself when it ends.
    static connection_loop* start(std::shared_ptr<event_source_core> core);

    ~connection_loop();
    connection_loop(connection_loop const&) = delete;
    connection_loop& operator=(connection_loop const&) = delete;

    /// Ends whatever the coroutine waits for, because the event source has ended or the connection is given up.
    void interrupt() noexcept;
    /// Continues reading if the coroutine waits for events to be received.
    void wake() noexcept;

private:
    explicit connection_loop(std::shared_ptr<event_source_core> core);

    static boost::asio::awaitable<void> run(std::unique_ptr<connection_loop> self);
    boost::asio::awaitable<void> run();
    boost::asio::awaitable<ending> attempt();
    boost::asio::awaitable<std::optional<ending>> get_token();
    boost::asio::awaitable<std::optional<ending>> renew_token();
    boost::asio::awaitable<ending> ask(boost::urls::url const& url);
    boost::asio::awaitable<error_code> send_request(boost::urls::url const& url);
    boost::asio::awaitable<error_code> connect(boost::urls::url const& url);
    boost::asio::awaitable<ending> read_stream(std::string where);
    boost::asio::awaitable<error_code> read_some();
    boost::asio::awaitable<void> wait_until(std::chrono::steady_clock::time_point time);

    [[nodiscard]] ending lost(std::string_view where, error_code ec, bool brought) const;
    [[nodiscard]] std::optional<ending> begin_attempt();
    [[nodiscard]] std::optional<ending> follow(boost::urls::url& url, std::size_t redirects, bool& permanent);

    std::shared_ptr<event_source_core> core_;
    /// Where the next attempt begins: the URL that the event source was made with, or where it has moved permanently.
    boost::urls::url url_;
    std::string own_origin_;
    std::string token_;
    /// The token is to be got: there is none yet, or it does not count any more.
    bool needs_token_ = true;
    /// No stream was opened with it yet.
    bool is_token_fresh_ = false;
    /// The caller's fields for this attempt.
    event_source_headers headers_;
    /// Whether this attempt's request has the caller's body: a redirection may have turned it into a `GET`.
    bool with_body_ = false;
    reconnection_delay delay_;
    boost::asio::steady_timer timer_;
    dialer dialer_;
    std::unique_ptr<byte_stream> stream_;
    std::shared_ptr<watchdog> watchdog_;
    bool parked_ = false;
    bool timed_out_ = false;
    bool finished_ = false;
};

} // namespace sluice
