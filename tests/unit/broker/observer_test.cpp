#include <sluice/broker.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <http/stream_driver.hpp>
#include <polled_hub.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using test::claim_of;
using test::polled_hub;
using test::stream_driver;
using strings = std::vector<std::string>;

/// Writes down the life of sessions.
struct diary final : observer {
    void on_session_created(std::string_view handle, bool minted) override
    {
        lines.push_back(fmt::format("{} created{}", handle, minted ? ", minted" : ""));
    }
    void on_session_expired(std::string_view handle, std::uint64_t waiting) override
    {
        lines.push_back(fmt::format("{} expired, {} waiting", handle, waiting));
    }
    void on_stream_opened(std::string_view handle, session_meta const& client, stream_opening const& how) override
    {
        lines.push_back(fmt::format("{} opened for {}{}, {} replayed, {} dropped", handle, client.user_agent,
                                    how.resumed ? ", resumed" : "", how.replay,
                                    how.dropped ? fmt::to_string(*how.dropped) : "unknown"));
    }
    void on_stream_ended(std::string_view handle, stream_ending const& how) override
    {
        lines.push_back(
            fmt::format("{} ended: {}, {} events", handle, make_error_code(how.reason).message(), how.events));
        bytes = how.bytes;
        CHECK(how.lasted >= 0s);
        CHECK(how.lasted < 10min);
    }

    [[nodiscard]] strings take() { return std::exchange(lines, {}); }

    strings lines;
    std::uint64_t bytes = 0;
};

[[nodiscard]] std::string ended(std::string const& handle, end_reason reason, int events)
{
    return fmt::format("{} ended: {}, {} events", handle, make_error_code(reason).message(), events);
}

[[nodiscard]] connect_request by(connect_request r, std::string agent = "one")
{
    r.meta.user_agent = std::move(agent);
    return r;
}

TEST_SUITE_BEGIN("broker · observer");

TEST_CASE("a session's life · created, opened, ended, resumed with a loss, taken over, removed")
{
    broker_config config;
    config.sessions.buffer_size = 2;
    diary watcher;
    polled_hub hub{config, 2, &watcher};
    auto c = hub.connect(by({}));
    auto const h = c->handle();
    CHECK(hub.broker().handle_of(c->session().id()) == h);
    auto const claim = claim_of(*c);
    CHECK(watcher.take() == strings{h + " created", h + " opened for one, 0 replayed, 0 dropped"});
    c = nullptr;
    CHECK(watcher.take() == strings{ended(h, end_reason::peer_closed, 0)});
    for (int i = 0; i != 5; ++i) {
        hub.publish("x");
    }
    c = hub.connect(by(claim));
    CHECK(watcher.take() == strings{h + " opened for one, resumed, 2 replayed, 3 dropped"});
    auto later = hub.connect(by(claim));
    CHECK(watcher.take() ==
          strings{ended(h, end_reason::taken_over, 0), h + " opened for one, resumed, 2 replayed, 0 dropped"});
    hub.run<error_code>([&](auto done) { hub.broker().async_remove(later->session().id(), std::move(done)); });
    CHECK(watcher.take() == strings{ended(h, end_reason::removed, 0)});
}

TEST_CASE("a session expires · after minting or the last connection, and what had waited for it is told")
{
    broker_config config;
    config.sessions.buffer_ttl = 50ms;
    config.sessions.cleanup_interval = 10ms;
    config.sessions.buffer_size = 2;
    diary watcher;
    polled_hub hub{config, 1, &watcher};
    hub.run<error_code, session_id>([&](auto done) { hub.broker().async_mint(std::move(done)); });
    REQUIRE(watcher.lines.size() == 1);
    auto const h = watcher.lines.front().substr(0, 12);
    CHECK(watcher.take() == strings{h + " created, minted"});
    for (int i = 0; i != 3; ++i) {
        hub.publish("x");
    }
    hub.settle_until([&] { return !watcher.lines.empty(); });
    CHECK(watcher.take() == strings{h + " expired, 2 waiting"});
}

TEST_CASE("a stream ends · with the events and bytes that were written to it")
{
    diary watcher;
    polled_hub hub{{}, 1, &watcher};
    auto stream = std::make_unique<stream_driver>(hub, hub.connect(by({})));
    auto const h = watcher.lines.front().substr(0, 12);
    auto const before = hub.broker().session_stats().bytes_delivered;
    CHECK(before > 0);
    hub.publish("x");
    hub.publish("y");
    auto const written = hub.broker().session_stats().bytes_delivered;
    CHECK(written > before);
    watcher.lines.clear();
    stream = nullptr;
    hub.settle();
    CHECK(watcher.take() == strings{ended(h, end_reason::peer_closed, 2)});
    CHECK(watcher.bytes == written);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
