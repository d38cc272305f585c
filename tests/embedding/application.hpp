#pragma once

#include <sluice/handler.hpp>
#include <support/deadline.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::test {

using stream_request = boost::beast::http::request<boost::beast::http::empty_body>;

/// A request for a stream; it may claim a session and name the last event.
[[nodiscard]] inline stream_request request_for_stream(std::string const& session = {},
                                                       std::string const& last_event_id = {})
{
    stream_request r{boost::beast::http::verb::get, "/events", 11};
    r.set(boost::beast::http::field::user_agent, "embedding-test");
    if (!session.empty()) {
        r.set("X-SSE-Session-ID", session);
    }
    if (!last_event_id.empty()) {
        r.set("Last-Event-ID", last_event_id);
    }
    return r;
}

/// How an application runs its handlers.
enum class arrangement { one_context, context_per_thread, strands_of_a_pool };

/// What an application of somebody else's has: contexts or a pool, threads, a broker and a handler.
class application {
public:
    explicit application(arrangement how, handler_options options = {}, broker_config const& config = {})
    {
        std::vector<boost::asio::any_io_executor> shards;
        if (how == arrangement::strands_of_a_pool) {
            pool_.emplace(3);
            shards.emplace_back(boost::asio::make_strand(pool_->get_executor()));
            shards.emplace_back(boost::asio::make_strand(pool_->get_executor()));
        } else {
            for (std::size_t i = 0; i != (how == arrangement::one_context ? 1 : 2); ++i) {
                contexts_.push_back(std::make_unique<boost::asio::io_context>(1));
                work_.push_back(boost::asio::make_work_guard(*contexts_.back()));
                shards.emplace_back(contexts_.back()->get_executor());
            }
        }
        shards_ = shards;
        broker_.emplace(std::move(shards), config);
        handler_.emplace(*broker_, std::move(options));
        for (auto const& c : contexts_) {
            threads_.emplace_back([&context = *c] { context.run(); });
        }
    }

    ~application()
    {
        broker_->async_stop(std::chrono::seconds{10}, boost::asio::use_future).get();
        work_.clear();
        threads_.clear();
        if (pool_) {
            pool_->join();
        }
    }
    application(application const&) = delete;
    application& operator=(application const&) = delete;

    [[nodiscard]] sluice::broker& broker() noexcept { return *broker_; }

    /// The broker's executors.
    [[nodiscard]] std::vector<boost::asio::any_io_executor> const& shard_executors() const noexcept { return shards_; }

    /// Where a connection that comes in runs, whatever the session: on one of the contexts in turn; or on a strand of
    /// its own.
    [[nodiscard]] boost::asio::any_io_executor connection_executor()
    {
        if (pool_) {
            return boost::asio::make_strand(pool_->get_executor());
        }
        return contexts_[turn_++ % contexts_.size()]->get_executor();
    }

    /// How a stream ended: refused, or nothing; rethrows what `serve` threw.
    using ending = std::optional<problem>;

    /// A stream that is served: how it ends, and a way to cancel it.
    class serving {
    public:
        [[nodiscard]] ending wait()
        {
            auto const until = deadline{}.time();
            REQUIRE_MESSAGE(ending_.wait_until(until) == std::future_status::ready, "the stream has not ended");
            return ending_.get();
        }
        void cancel() const
        {
            boost::asio::post(executor_, [s = signal_] { s->emit(boost::asio::cancellation_type::terminal); });
        }

    private:
        friend class application;
        boost::asio::any_io_executor executor_;
        std::shared_ptr<boost::asio::cancellation_signal> signal_;
        std::future<ending> ending_;
    };

    template <class Stream>
    [[nodiscard]] serving serve(Stream stream, stream_request request)
    {
        serving s;
        s.executor_ = stream.get_executor();
        // A signal outlives what it may cancel.
        s.signal_ = signals_.emplace_back(std::make_shared<boost::asio::cancellation_signal>());
        auto coroutine = run(std::move(stream), std::move(request));
        s.ending_ =
            boost::asio::co_spawn(s.executor_, std::move(coroutine),
                                  boost::asio::bind_cancellation_slot(s.signal_->slot(), boost::asio::use_future));
        return s;
    }

private:
    template <class Stream>
    [[nodiscard]] boost::asio::awaitable<ending> run(Stream stream, stream_request request)
    {
        co_return co_await handler_->serve(stream, request, "127.0.0.1");
    }

    std::optional<boost::asio::thread_pool> pool_;
    std::vector<boost::asio::any_io_executor> shards_;
    std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
    std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
    std::vector<std::shared_ptr<boost::asio::cancellation_signal>> signals_;
    std::optional<sluice::broker> broker_;
    std::optional<sluice::handler> handler_;
    std::vector<std::jthread> threads_;
    std::size_t turn_ = 0;
};

/// What a head says in a field; empty: it has none.
[[nodiscard]] inline std::string field_of(std::string const& head, std::string const& name)
{
    auto const at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) {
        return {};
    }
    auto const begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

} // namespace sluice::test
