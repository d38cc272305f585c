#pragma once

#include <sluice/broker.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace sluice::test {

/// A broker whose shards run only when the test polls them, all on the test's thread: nothing happens in
/// between.
class polled_hub {
public:
    explicit polled_hub(broker_config const& config = {}, std::size_t shards = 1, observer* watcher = nullptr)
    {
        std::vector<boost::asio::any_io_executor> executors;
        for (std::size_t i = 0; i != shards; ++i) {
            contexts_.push_back(std::make_unique<boost::asio::io_context>());
            work_.push_back(boost::asio::make_work_guard(*contexts_.back()));
            executors.emplace_back(contexts_.back()->get_executor());
        }
        broker_ = std::make_unique<sluice::broker>(std::move(executors), config, watcher);
    }

    ~polled_hub()
    {
        if (!stopped_) {
            stop();
        }
    }
    polled_hub(polled_hub const&) = delete;
    polled_hub& operator=(polled_hub const&) = delete;

    [[nodiscard]] sluice::broker& broker() noexcept { return *broker_; }
    [[nodiscard]] boost::asio::any_io_executor executor(std::size_t shard = 0) const
    {
        return contexts_[shard]->get_executor();
    }

    /// Lets the shards do what there is to do now; returns how many handlers that were.
    std::size_t settle()
    {
        std::size_t all = 0;
        for (std::size_t ran = 1; ran != 0; all += ran) {
            ran = 0;
            for (auto const& c : contexts_) {
                ran += c->poll();
            }
        }
        return all;
    }

    /// Lets the shards run one handler, the first shard that has one.
    void settle_one()
    {
        (void)std::ranges::any_of(contexts_, [](auto const& c) { return c->poll_one() != 0; });
    }

    /// Lets the shards work until the condition holds: for what takes time. Fails after ten seconds.
    void settle_until(std::function<bool()> const& condition)
    {
        auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
        for (settle(); !condition(); settle()) {
            REQUIRE(std::chrono::steady_clock::now() < deadline);
        }
    }

    /// Starts the operation with a handler on the shard's executor and gives what it completes with.
    template <class... R, class Start>
    std::tuple<R...> run(Start start, std::size_t shard = 0)
    {
        std::optional<std::tuple<R...>> result;
        start(boost::asio::bind_executor(executor(shard),
                                         [&result](R... values) { result.emplace(std::move(values)...); }));
        settle_until([&result] { return result.has_value(); });
        return std::move(*result);
    }

    [[nodiscard]] std::pair<error_code, std::unique_ptr<client>> try_connect(connect_request request = {},
                                                                             std::size_t shard = 0)
    {
        auto [ec, c] = run<error_code, std::unique_ptr<client>>(
            [&](auto handler) { broker_->async_connect(std::move(request), std::move(handler)); }, shard);
        return {ec, std::move(c)};
    }

    [[nodiscard]] std::unique_ptr<client> connect(connect_request request = {}, std::size_t shard = 0)
    {
        auto [ec, c] = try_connect(std::move(request), shard);
        REQUIRE(ec == error_code{});
        REQUIRE(c);
        return std::move(c);
    }

    /// Publishes to every session; gives the id.
    std::string publish(std::string data, std::string type = {})
    {
        auto const receipt = broker_->broadcast({.id = {}, .type = std::move(type), .data = std::move(data)});
        REQUIRE(receipt.has_value());
        settle();
        return receipt->first;
    }

    std::pair<error_code, send_receipt> send(std::vector<std::string> targets, std::string data, std::string type = {})
    {
        auto [ec, receipt] = run<error_code, send_receipt>([&](auto handler) {
            broker_->async_send(
                {.event = {.id = {}, .type = std::move(type), .data = std::move(data)}, .targets = std::move(targets)},
                std::move(handler));
        });
        settle();
        return {ec, std::move(receipt)};
    }

    std::pair<error_code, bool> disconnect(session_id id)
    {
        auto [ec, was] =
            run<error_code, bool>([&](auto handler) { broker_->async_disconnect(id, std::move(handler)); });
        return {ec, was};
    }

    void stop()
    {
        stopped_ = true;
        (void)run<>([&](auto handler) { broker_->async_stop(std::chrono::milliseconds{0}, std::move(handler)); });
        settle();
    }

private:
    std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
    std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
    std::unique_ptr<sluice::broker> broker_;
    bool stopped_ = false;
};

[[nodiscard]] inline std::string id_of(client const& c) { return to_string(c.session().id()); }

/// A stream of these types.
[[nodiscard]] inline connect_request wanting(std::vector<std::string> types)
{
    connect_request r;
    r.meta.subscriptions = std::move(types);
    return r;
}

/// A claim to the client's session.
[[nodiscard]] inline connect_request claim_of(client const& c, std::string last_event_id = {})
{
    return {.claim = to_string(c.session().id()), .last_event_id = std::move(last_event_id), .meta = {}};
}

} // namespace sluice::test
