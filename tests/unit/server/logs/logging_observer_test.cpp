#include <logs/logging_observer.hpp>

#include "kept_log.hpp"

#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include <exception>
#include <new>
#include <stdexcept>
#include <string>

namespace sluice::server {
namespace {

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
    test::kept_log const kept;
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
    test::kept_log const kept;
    log.on_connection_failed(nullptr);
    CHECK(kept.lines() == 0);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice::server
