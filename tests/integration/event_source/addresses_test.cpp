// A name with several addresses, of which one does not answer (two_addresses.cpp gives `two.test` two).

#include "black_hole.hpp"
#include "client.hpp"
#include <sluice/client/connection_race.hpp>
#include <support/scripted_server.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_future.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

std::string two_of(scripted_server const& server) { return fmt::format("http://two.test:{}/events", server.port()); }

void give_event(stream_socket& peer, std::string const& /*request*/, std::size_t /*visit*/)
{
    peer.try_send(stream_head);
    peer.try_send("data: x\n\n");
    await_close(peer);
}

/// A race to these addresses, and what it ends with.
struct race {
    explicit race(std::vector<tcp::endpoint> const& to)
        : runner{std::make_shared<connection_race>(context.get_executor(),
                                                   std::vector<connection_race::endpoint>(to.begin(), to.end()))},
          result{asio::co_spawn(context, runner->run(), asio::use_future)}
    {
    }

    asio::io_context context;
    std::shared_ptr<connection_race> runner;
    std::future<error_code> result;
};

tcp::endpoint at(char const* address, std::uint16_t port) { return {asio::ip::make_address(address), port}; }

} // namespace

TEST_SUITE("event_source/addresses")
{
    TEST_CASE("a first address that does not answer · the next one is tried while there is time")
    {
        scripted_server server{give_event};
        black_hole const silent{"127.0.0.2", server.port()};
        auto options = quick();
        options.connect_timeout = 5s * slowness();
        client c{two_of(server), options};
        CHECK(c.next().data == "x");
        // In the first attempt: that the first address was silent is no failure.
        CHECK(c.log() == std::vector<std::string>{"open"});
    }

    TEST_CASE("a first address that refuses · the next one is tried in the same attempt")
    {
        scripted_server server{give_event};
        client c{two_of(server), quick()};
        CHECK(c.next().data == "x");
        CHECK(c.log() == std::vector<std::string>{"open"});
    }

    TEST_CASE("no address that answers · the time for the attempt is the same")
    {
        scripted_server server{give_event};
        black_hole const silent{"127.0.0.2", server.port()};
        black_hole const too{"127.0.0.3", server.port()};
        race r{{at("127.0.0.2", server.port()), at("127.0.0.3", server.port())}};
        r.context.run_for(400ms);
        CHECK(r.result.wait_for(0s) == std::future_status::timeout);
        r.runner->cancel();
        r.context.run();
        CHECK(r.result.get() == asio::error::operation_aborted);
    }

    TEST_CASE("the race · all refuse: the last one's error; none is left open")
    {
        std::uint16_t port = 0;
        {
            scripted_server const gone{give_event};
            port = gone.port();
        }
        race r{{at("127.0.0.1", port), at("127.0.0.2", port), at("127.0.0.3", port)}};
        r.context.run();
        CHECK(r.result.get() == asio::error::connection_refused);
    }

    TEST_CASE("the race · a later address wins, the earlier one is closed")
    {
        scripted_server server{give_event};
        black_hole const silent{"127.0.0.2", server.port()};
        race r{{at("127.0.0.2", server.port()), at("127.0.0.1", server.port())}};
        r.context.run(); // ends: nothing waits for the silent one any more
        CHECK_FALSE(r.result.get());
        auto const socket = r.runner->release();
        tcp::endpoint peer;
        REQUIRE(socket.is_open());
        auto const remote = socket.remote_endpoint();
        peer.resize(remote.size());
        std::memcpy(peer.data(), remote.data(), remote.size());
        CHECK(peer == at("127.0.0.1", server.port()));
    }

    TEST_CASE("destroyed while addresses are tried")
    {
        scripted_server server{give_event};
        black_hole const silent{"127.0.0.2", server.port()};
        for (auto const time : {0ms, 100ms, 300ms}) {
            client c{two_of(server), quick()};
            error_code end;
            c.source().async_receive([&end](error_code ec, received_event const&) { end = ec; });
            c.context().run_for(time);
            c.destroy();
            c.context().restart();
            c.context().run_for(10s);
            CHECK(c.context().stopped());
            CHECK((time == 300ms || end == asio::error::operation_aborted));
        }
        // And with the context that runs it.
        client c{two_of(server), quick()};
        received_event none;
        CHECK_FALSE(c.source().try_receive(none));
        c.context().run_for(100ms);
    }
}

} // namespace sluice::test
