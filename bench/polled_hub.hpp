#pragma once

#include <sluice/broker.hpp>
#include <sluice/http/h1_writer.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace sluice::bench {

/// A broker of one shard that runs only when it is polled, on the thread of the benchmark.
class polled_hub {
public:
    explicit polled_hub(broker_config const& config = {}) : broker_{{context_.get_executor()}, config} {}

    ~polled_hub()
    {
        broker_.async_stop(std::chrono::seconds{1}, boost::asio::bind_executor(context_, [] {}));
        poll();
    }
    polled_hub(polled_hub const&) = delete;
    polled_hub& operator=(polled_hub const&) = delete;

    [[nodiscard]] sluice::broker& broker() noexcept { return broker_; }
    [[nodiscard]] auto executor() noexcept { return context_.get_executor(); }
    void poll()
    {
        context_.restart();
        context_.poll();
    }

    [[nodiscard]] std::unique_ptr<client> connect(connect_request request = {})
    {
        std::unique_ptr<client> made;
        broker_.async_connect(std::move(request),
                              boost::asio::bind_executor(
                                  context_, [&made](error_code, std::unique_ptr<client> c) { made = std::move(c); }));
        poll();
        return made;
    }

private:
    boost::asio::io_context context_{1};
    sluice::broker broker_;
};

/// A stream whose peer takes everything at once and reads nothing.
class sink final : h1_writer::closer {
public:
    sink(polled_hub& hub, std::unique_ptr<client> c)
        : hub_{hub}, client_{std::move(c)}, events_{*client_, hub.broker().config(), {}, body_framing::chunked, *this}
    {
        write();
    }
    sink(sink const&) = delete;
    sink& operator=(sink const&) = delete;
    ~sink() { client_->end(end_reason::peer_closed); }

    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    void close() noexcept override {}
    void reset() noexcept override {}

    void write()
    {
        for (auto out = events_.next(); !out.empty(); out = events_.next()) {
            bytes_ += out.size();
            events_.consume(out.size());
        }
        if (!events_.finished()) {
            client_->async_wait(on_wake{this, alive_, hub_.executor()});
        }
    }

    /// Small and moved without exceptions, as a coroutine's handler is, so that waiting allocates nothing.
    struct on_wake {
        using executor_type = boost::asio::io_context::executor_type;

        sink* self;
        std::weak_ptr<int> alive;
        executor_type executor;

        [[nodiscard]] executor_type get_executor() const noexcept { return executor; }
        void operator()(error_code) const
        {
            // The end of the client resumes the waiter later, when the sink may be gone.
            if (!alive.expired()) {
                self->write();
            }
        }
    };

    polled_hub& hub_;
    std::unique_ptr<client> client_;
    std::size_t bytes_ = 0;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    h1_writer events_;
};

} // namespace sluice::bench
