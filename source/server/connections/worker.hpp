#pragma once

#include "access/jwt/verifier.hpp"
#include "keys/jwks_source.hpp"
#include "metrics/request_counts.hpp"
#include "options/settings.hpp"
#include "requests/body_memory.hpp"
#include "requests/entrance.hpp"
#include "requests/idempotency_keys.hpp"
#include "side_thread.hpp"
#include <sluice/broker.hpp>
#include <sluice/fan_out/deadline_list.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/intrusive/list.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace sluice::server {

using executor_type = boost::asio::io_context::executor_type;
/// TCP and local sockets alike.
using socket_type = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, executor_type>;
template <class T>
using task = boost::asio::awaitable<T, executor_type>;
/// Makes an operation that a task awaits throw its failure.
inline constexpr boost::asio::use_awaitable_t<executor_type> use_task{};

class http_connection;
class logging_observer;

/// What every connection of the server refers to.
struct service {
    sluice::broker& broker;
    body_memory& bodies;
    idempotency_keys& keys;
    server::side_thread& side_thread;
    /// Is told of refused requests and hidden answers.
    logging_observer& log;
    /// The entrance for clients and publishers, and for operators too unless they have their own.
    entrance front{};
    /// The entrance for operators, if they have an address of their own.
    entrance operations{};
    /// The workers, in the order of their shards.
    std::vector<class worker*> workers{};
    /// Where further keys for tokens come from; null: from nowhere.
    std::shared_ptr<jwks_source> key_set{};
    /// Whether the server was told to end, so that `/readyz` must say that it is not ready.
    std::atomic<bool> draining{false};
};

/// The times within which a client must make progress. The connection decides what happens otherwise.
struct http_timeouts {
    std::chrono::milliseconds idle{75'000}; ///< between requests, and for a client that does not read its answers
    std::chrono::seconds request{
        10}; ///< from a request's first byte to the end of its header, and between bytes of a body
    std::chrono::milliseconds items{60'000}; ///< between the bytes of a body that is published while it arrives
    std::chrono::seconds linger{2};          ///< for a client to read the answer after which the connection is closed
    std::chrono::seconds pace{1};            ///< how often the pace of an arriving body is checked
};

/// The entry for checking the pace of a connection's body.
struct pace_entry : deadline_entry {
    explicit pace_entry(http_connection& c) : of{c} {}
    http_connection& of;
};

/// One thread's share of the server: its context, its connections, and their deadlines.
class worker {
public:
    explicit worker(shared_settings s, http_timeouts const& times = {});
    ~worker();
    worker(worker const&) = delete;
    worker& operator=(worker const&) = delete;

    [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
    [[nodiscard]] executor_type executor() noexcept { return context_.get_executor(); }
    /// Runs the context until `close_connections` was called and nothing is left to do. If memory is short, the
    /// operation that asked for it is given up, and everything else continues.
    void run(logging_observer& log);

    /// @name Counts; safe from any thread
    /// @{
    /// How many connections carry requests at the moment.
    [[nodiscard]] std::uint64_t open_connections() const noexcept
    {
        auto const removed = removed_.get(); // read first, so that it never exceeds the number added
        return added_.get() - removed;
    }
    [[nodiscard]] request_counts const& requests() const noexcept { return requests_; }
    /// Since when the connection here that has waited for its peer longest has done so, within a request or between
    /// requests; the greatest value if none waits.
    [[nodiscard]] deadline_list::time_point longest_idle() const noexcept
    {
        return deadline_list::time_point{deadline_list::duration{longest_idle_.load(std::memory_order_relaxed)}};
    }
    /// @}

    /// @name On the worker's thread
    /// @{
    [[nodiscard]] server::settings const& settings() const noexcept { return *settings_; }
    /// Settings with other keys make it forget which tokens are good.
    void set(shared_settings s);
    /// Which tokens are good.
    [[nodiscard]] jwt::verifier& tokens() noexcept { return tokens_; }
    void add(http_connection& c);
    void remove(http_connection& c);
    [[nodiscard]] request_counts& requests() noexcept { return requests_; }
    enum class waiting_for { request, rest, items, farewell };
    /// Sets the connection's deadline. When it passes, the connection is told.
    void expect(http_connection& c, waiting_for what);
    /// Makes the connection check the pace of its body after a while.
    void watch_pace(pace_entry& e);
    /// Closes the connection that has waited for its peer longest, without an answer; false if none waits.
    bool close_longest_idle();
    /// Makes every connection close as soon as its request is answered, or at once if it has none. Calls `on_closed`
    /// when none is left.
    void close_connections(std::function<void()> on_closed);
    [[nodiscard]] bool closing() const noexcept { return closing_; }
    /// Room for bytes that are read and ignored, which is why all connections can share it.
    [[nodiscard]] boost::asio::mutable_buffer unread() noexcept { return boost::asio::buffer(unread_); }
    /// @}

private:
    [[nodiscard]] deadline_list& list_for(waiting_for what) noexcept;
    void arm();
    void sweep();
    [[nodiscard]] static deadline_list::time_point waits_since(deadline_list const& list,
                                                               deadline_list::duration time) noexcept;
    void note_longest_idle() noexcept;
    void report_closed();

    shared_settings settings_;
    jwt::verifier tokens_;
    boost::asio::io_context context_{1};
    /// Keeps the context running while there are no connections.
    boost::asio::executor_work_guard<executor_type> work_{context_.get_executor()};
    boost::asio::steady_timer timer_{context_};
    deadline_list idle_;
    deadline_list request_;
    deadline_list items_;
    deadline_list linger_;
    deadline_list pace_;
    http_timeouts times_;
    std::atomic<deadline_list::duration::rep> longest_idle_{deadline_list::duration::max().count()};
    deadline_list::time_point armed_ = deadline_list::time_point::max();
    boost::intrusive::list<
        http_connection, boost::intrusive::constant_time_size<false>,
        boost::intrusive::base_hook<boost::intrusive::list_base_hook<
            boost::intrusive::tag<worker>, boost::intrusive::link_mode<boost::intrusive::auto_unlink>>>>
        connections_;
    counter added_;
    counter removed_;
    request_counts requests_;
    std::function<void()> on_closed_;
    bool closing_ = false;
    std::array<char, 4096> unread_{};
};

} // namespace sluice::server
