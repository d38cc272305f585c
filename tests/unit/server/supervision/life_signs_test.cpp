#include <supervision/life_signs.hpp>

#include <support/notify_socket.hpp>

#include <doctest/doctest.h>
#include <logs/logging_observer.hpp>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <unistd.h>

using namespace sluice::server;
using namespace std::chrono_literals;
using sluice::test::deadline;
using sluice::test::notify_socket;

namespace {

/// The environment names the socket, while the manager is made.
class told_manager {
public:
    explicit told_manager(notify_socket const& socket)
    {
        ::setenv("NOTIFY_SOCKET", socket.name().c_str(), 1);
        ::setenv("WATCHDOG_USEC", "40000", 1);
        manager_.emplace();
    }

    service_manager& get() { return *manager_; }

private:
    std::optional<service_manager> manager_;
};

notify_socket make_socket() { return notify_socket{"@sluice-test-" + std::to_string(::getpid())}; }

} // namespace

TEST_SUITE_BEGIN("server/supervision/life_signs");

TEST_CASE("life signs · a worker that hangs keeps the signs of life back, whichever it is")
{
    auto const socket = make_socket();
    told_manager manager{socket};
    auto const none = std::make_shared<settings const>(options{});
    life_signs::worker_list workers;
    workers.push_back(std::make_unique<worker>(none));
    workers.push_back(std::make_unique<worker>(none));
    logging_observer log{workers[0]->context()};
    life_signs signs{manager.get(), workers};
    signs.start();
    std::thread first{[&] { workers[0]->run(log); }};
    CHECK(socket.next(deadline::unscaled(200ms)).empty()); // the second does not run
    std::thread second{[&] { workers[1]->run(log); }};
    CHECK(socket.next() == "WATCHDOG=1");
    CHECK(socket.next() == "WATCHDOG=1");
    for (auto const& w : workers) {
        w->context().stop();
    }
    first.join();
    second.join();
}

TEST_CASE("service_manager · a reload is told with its time, and so is its end")
{
    auto const socket = make_socket();
    told_manager manager{socket};
    auto const now = [] { return std::chrono::steady_clock::now().time_since_epoch() / 1us; };
    auto const before = now();
    manager.get().reloading();
    auto const told = socket.next();
    std::string const prefix = "RELOADING=1\nMONOTONIC_USEC=";
    REQUIRE(told.substr(0, prefix.size()) == prefix);
    auto const time = std::stoll(told.substr(prefix.size()));
    CHECK(time >= before);
    CHECK(time <= now());
    manager.get().reloaded();
    CHECK(socket.next() == "READY=1");
    CHECK(manager.get().watchdog_time() == 40ms);
}

TEST_SUITE_END();
