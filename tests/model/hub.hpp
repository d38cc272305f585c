#pragma once

#include "failure.hpp"
#include "memory_stream.hpp"
#include "random.hpp"
#include "settings.hpp"
#include <sluice/broker.hpp>
#include <sluice/handler.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace sluice::model {

/// What a client asks for and on what kind of connection.
struct stream_request {
    boost::beast::http::request_header<> header{};
    bool asynchronous = false;
    std::size_t room = wire::no_end;
};

/// One connection that the hub serves, or has served.
struct connection {
    explicit connection(stream_request r) : request{std::move(r)}, peer{request.room, !request.asynchronous} {}

    stream_request request;
    wire peer;
    /// The session that it was connected to; empty: none yet.
    std::string session;
    /// The status of the refusal; 0: none.
    unsigned refused = 0;
    /// The hub is done with it.
    bool served = false;
};

/// The hub under test, by its public surface: a broker whose shards run on this thread, one handler at a time and in
/// the order that the test draws, and a handler that serves streams in memory.
class hub {
public:
    explicit hub(settings const& s);
    ~hub();
    hub(hub const&) = delete;
    hub& operator=(hub const&) = delete;

    [[nodiscard]] sluice::broker& broker() noexcept { return *broker_; }

    /// Runs up to so many handlers, each of a shard drawn anew.
    void work(random& r, std::size_t handlers);
    /// Runs handlers until there are none.
    void settle();
    /// Moves the clock, and lets the timers that are then due expire.
    void move_clock(std::chrono::milliseconds by);

    /// Begins to serve a stream, on a shard that is drawn, and works until it is connected or refused.
    std::shared_ptr<connection> open(random& r, stream_request request);
    /// Begins the operation with a handler on a shard that is drawn, and works until it has completed.
    template <class... Results, class Start>
    std::tuple<Results...> run(random& r, Start start)
    {
        std::optional<std::tuple<Results...>> done;
        start(boost::asio::bind_executor(executor(r.below(contexts_.size())),
                                         [&done](Results... values) { done.emplace(std::move(values)...); }));
        work_until(r, [&done] { return done.has_value(); });
        return std::move(*done);
    }
    /// Tells every stream that the hub shuts down, and works until all have ended.
    void stop();

private:
    [[nodiscard]] boost::asio::any_io_executor executor(std::size_t shard) const
    {
        return contexts_[shard]->get_executor();
    }
    boost::asio::awaitable<void> serve(std::shared_ptr<connection> c, boost::asio::any_io_executor executor);
    bool work_once(random& r);
    template <class Condition>
    void work_until(random& r, Condition is_done)
    {
        // A publisher that waits for room looks again after a millisecond.
        constexpr int most_waits = 100'000;
        for (int waits = 0; !is_done();) {
            if (!work_once(r)) {
                if (++waits == most_waits) {
                    throw failure{"an operation does not complete"};
                }
                move_clock(std::chrono::milliseconds{1});
            }
        }
    }

    std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
    std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
    std::unique_ptr<sluice::broker> broker_;
    std::unique_ptr<handler> handler_;
    std::vector<std::shared_ptr<connection>> connections_;
    bool stopped_ = false;
};

} // namespace sluice::model
