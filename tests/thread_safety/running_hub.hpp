#pragma once

#include <sluice/broker.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace sluice::test {

/// A broker whose shards run on threads of their own.
class running_hub {
public:
    running_hub(broker_config const& config, std::size_t shards)
    {
        std::vector<boost::asio::any_io_executor> executors;
        for (std::size_t i = 0; i != shards; ++i) {
            contexts_.push_back(std::make_unique<boost::asio::io_context>(1));
            work_.push_back(boost::asio::make_work_guard(*contexts_.back()));
            executors.emplace_back(contexts_.back()->get_executor());
        }
        broker_.emplace(std::move(executors), config);
        for (auto const& c : contexts_) {
            threads_.emplace_back([&context = *c] { context.run(); });
        }
        // Until an executor has run, the broker cannot know that a publisher is not its thread, and lets none wait for
        // it.
        for (auto const& c : contexts_) {
            boost::asio::post(*c, boost::asio::use_future).get();
        }
    }

    ~running_hub()
    {
        stop();
        work_.clear();
        threads_.clear(); // joins: every coroutine has ended
        broker_.reset();
    }
    running_hub(running_hub const&) = delete;
    running_hub& operator=(running_hub const&) = delete;

    [[nodiscard]] sluice::broker& broker() noexcept { return *broker_; }
    [[nodiscard]] boost::asio::any_io_executor executor(std::size_t shard) const
    {
        return contexts_[shard]->get_executor();
    }

    /// Waits until the broker has stopped.
    void stop()
    {
        if (!stopped_) {
            stopped_ = true;
            broker_->async_stop(std::chrono::seconds{30}, boost::asio::use_future).get();
        }
    }

private:
    std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
    std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
    std::optional<sluice::broker> broker_;
    std::vector<std::jthread> threads_;
    bool stopped_ = false;
};

} // namespace sluice::test
