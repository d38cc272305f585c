#include <logs/logging_observer.hpp>

#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>

namespace sluice::server {
namespace {

/// While it lives the log goes to a text.
class kept_log {
public:
    kept_log() : before_{spdlog::default_logger()}
    {
        auto const sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text_);
        spdlog::set_default_logger(std::make_shared<spdlog::logger>("kept", sink));
    }
    ~kept_log() { spdlog::set_default_logger(before_); }
    kept_log(kept_log const&) = delete;
    kept_log& operator=(kept_log const&) = delete;

    [[nodiscard]] auto lines() const
    {
        auto const text = text_.str();
        return std::ranges::count(text, '\n');
    }
    [[nodiscard]] bool has(std::string const& part) const { return text_.str().find(part) != std::string::npos; }

private:
    std::shared_ptr<spdlog::logger> before_;
    std::ostringstream text_;
};

TEST_SUITE_BEGIN("server/logging_observer");

TEST_CASE("short memory and failed connections fill no log, and what is left out is counted")
{
    boost::asio::io_context home;
    logging_observer log{home};
    std::exception_ptr failure;
    std::string message;
    SUBCASE("memory")
    {
        failure = std::make_exception_ptr(std::bad_alloc{});
        message = "memory is short: what needed it was given up";
    }
    SUBCASE("another failure")
    {
        failure = std::make_exception_ptr(std::runtime_error{"broken"});
        message = "a connection failed";
    }
    kept_log const kept;
    for (int i = 0; i != 1000; ++i) {
        log.on_connection_failed(failure);
    }
    CHECK(kept.lines() >= 100);
    CHECK(kept.lines() < 1000);
    CHECK(kept.has(message));
    home.run(); // until what was left out is told
    CHECK(kept.has(message + ": more lines left out"));
}

TEST_CASE("a connection that ended without a failure is no line")
{
    boost::asio::io_context home;
    logging_observer log{home};
    kept_log const kept;
    log.on_connection_failed(nullptr);
    CHECK(kept.lines() == 0);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice::server
