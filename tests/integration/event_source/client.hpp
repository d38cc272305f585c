#pragma once

#include <sluice/event_source.hpp>
#include <support/deadline.hpp>
#include <support/failure.hpp>

#include <boost/asio/io_context.hpp>

#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::test {

/// An event source on a context that the test runs, on the test's thread, as long as a call waits.
class client {
public:
    using received = std::pair<error_code, sluice::received_event>;

    explicit client(std::string const& url, event_source_options options = {})
        : source_{std::make_unique<event_source>(context_.get_executor(), url, with_log(std::move(options)))}
    {
    }

    [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
    [[nodiscard]] event_source& source() noexcept { return *source_; }
    void destroy() { source_.reset(); }
    /// Each change of state that was told: `open`, or why there is no stream.
    [[nodiscard]] std::vector<std::string> const& log() const noexcept { return *log_; }

    /// Runs the context until the condition holds.
    void run_until(std::string const& what, std::function<bool()> const& condition, deadline until = {})
    {
        while (!condition()) {
            context_.restart();
            // In steps: what the condition is about may happen elsewhere.
            context_.run_one_for(std::chrono::milliseconds{5});
            if (until.passed()) {
                fail(what, log_->empty() ? "nothing" : log_->back());
            }
        }
    }

    /// What the next receive completes with.
    received receive(deadline until = {})
    {
        auto const result = std::make_shared<std::optional<received>>();
        source_->async_receive(
            [result](error_code ec, sluice::received_event e) { result->emplace(ec, std::move(e)); });
        run_until("a receive to complete", [&] { return result->has_value(); }, until);
        return std::move(**result);
    }
    sluice::received_event next(deadline until = {})
    {
        auto [ec, e] = receive(until);
        if (ec) {
            fail("an event", fmt::format("{} ({})", ec.message(), source_->why()));
        }
        return std::move(e);
    }
    sluice::received_event next_of_type(std::string const& type, deadline until = {})
    {
        auto e = next(until);
        while (e.type != type) {
            e = next(until);
        }
        return e;
    }
    error_code end(deadline until = {}) { return receive(until).first; }

private:
    event_source_options with_log(event_source_options options)
    {
        options.on_state = [log = log_, told = std::move(options.on_state)](event_source_state s,
                                                                            std::string_view why) {
            log->emplace_back(s == event_source_state::open ? "open" : why);
            if (told) {
                told(s, why);
            }
        };
        return options;
    }

    std::shared_ptr<std::vector<std::string>> log_ = std::make_shared<std::vector<std::string>>();
    boost::asio::io_context context_;
    std::unique_ptr<event_source> source_;
};

/// Comes back at once.
inline event_source_options quick()
{
    event_source_options options;
    options.retry = std::chrono::milliseconds{1};
    options.min_retry = std::chrono::milliseconds{1};
    options.max_backoff = std::chrono::milliseconds{1};
    return options;
}

} // namespace sluice::test
