// GET /stats: each number.
#include "checks.hpp"
#include <support/event_stream.hpp>

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

const std::vector<std::string> quiet{"--heartbeat-interval", "0"};

std::size_t body_bytes(event_stream& stream)
{
    std::size_t bytes = stream.unfinished().size();
    while (const auto block = stream.try_next()) {
        bytes += block->raw.size();
    }
    return bytes;
}

void drop(const server_process& server, event_stream& stream, std::int64_t left)
{
    stream.close();
    wait_stat(server.port(), "active_clients", left);
}

} // namespace

TEST_SUITE("contract/stats")
{
    TEST_CASE("answer · has every member, and nothing has happened yet")
    {
        server_process server(quiet);
        const auto all = stats(server.port());
        CHECK(keys(all) == std::set<std::string>{"active_clients", "total_sessions", "buffered_sessions",
                                                 "events_published", "events_delivered", "bytes_delivered",
                                                 "reconnections", "rejected_claims", "slow_consumers_dropped",
                                                 "uptime_seconds", "config"});
        for (const auto& [name, value] : all) {
            if (name != "config" && name != "uptime_seconds") {
                CHECK_MESSAGE(integer(value) == 0, std::string(name));
            }
        }
        CHECK(all.at("uptime_seconds").is_number());
    }

    TEST_CASE("config · tells the values in force")
    {
        server_process defaults;
        CHECK(boost::json::serialize(stats(defaults.port()).at("config")) ==
              R"({"buffer_size":1000,"buffer_ttl_seconds":30,"reconnection_enabled":true,)"
              R"("cleanup_interval_seconds":10})");
        server_process changed(
            {"--buffer-size", "7", "--buffer-ttl", "5m", "--cleanup-interval", "2s", "--no-reconnection"});
        const auto config = stats(changed.port()).at("config").as_object();
        CHECK(integer(config.at("buffer_size")) == 7);
        CHECK(integer(config.at("buffer_ttl_seconds")) == 300);
        CHECK(integer(config.at("cleanup_interval_seconds")) == 2);
        CHECK(config.at("reconnection_enabled") == false);
    }

    TEST_CASE("sessions · active, buffered and total")
    {
        server_process server(quiet);
        event_stream first(server.port());
        event_stream second(server.port());
        first.connected();
        second.connected();
        mint_session(server.port());
        const auto all = stats(server.port());
        CHECK(integer(all.at("active_clients")) == 2);
        CHECK(integer(all.at("buffered_sessions")) == 1);
        CHECK(integer(all.at("total_sessions")) == 3);
        drop(server, first, 1);
        CHECK(stat_of(server.port(), "buffered_sessions") == 2);
        CHECK(stat_of(server.port(), "total_sessions") == 3);
    }

    TEST_CASE("sessions · end with their connection without reconnection")
    {
        server_process server({"--no-reconnection"});
        event_stream stream(server.port());
        stream.connected();
        CHECK(stat_of(server.port(), "total_sessions") == 1);
        drop(server, stream, 0);
        CHECK(stat_of(server.port(), "total_sessions") == 0);
        event_stream again(server.port(), {.session = stream.session_id()});
        CHECK(again.session_id() != stream.session_id());
        CHECK(again.connected().at("resumed") == false);
    }

    TEST_CASE("events · published once each, delivered once per stream, control events not")
    {
        server_process server(quiet);
        event_stream all(server.port());
        event_stream some(server.port(), {.types = {"rare"}});
        all.connected();
        some.connected();
        broadcast(server.port(), "x");
        broadcast(server.port(), "x", "rare");
        broadcast_batch(server.port(), {"1", "2", "3"});
        CHECK(post(server.port(),
                   fmt::format("/send?type=rare&session={}&session={}", all.session_id(), some.session_id()))
                  .status == 200);
        CHECK(stat_of(server.port(), "events_published") == 6);
        all.barrier("rare");
        wait_stat(server.port(), "events_delivered", 7 + 3);
        CHECK(stat_of(server.port(), "events_published") == 7);
        CHECK(post(server.port(), "/send?session=nobody").status == 404);
        CHECK(post(server.port(), "/broadcast?type=a,b").status == 400);
        CHECK(stat_of(server.port(), "events_published") == 7);
    }

    TEST_CASE("events · replays are delivered too")
    {
        server_process server(quiet);
        event_stream stream(server.port());
        stream.connected();
        const auto seen = broadcast(server.port(), "seen");
        stream.next_of_type("message");
        drop(server, stream, 0);
        broadcast_batch(server.port(), {"1", "2", "3"});
        CHECK(stat_of(server.port(), "events_delivered") == 1);
        event_stream resumed(server.port(), {.session = stream.session_id(), .last_event_id = seen});
        resumed.next_of_type("replay-end");
        wait_stat(server.port(), "events_delivered", 4);
        CHECK(stat_of(server.port(), "events_published") == 4);
    }

    TEST_CASE("bytes · are those of the streams' bodies, without HTTP's framing")
    {
        server_process server(quiet);
        event_stream chunked(server.port());
        event_stream plain(server.port(), {.version = "1.0"});
        chunked.connected();
        plain.connected();
        broadcast(server.port(), std::string(100'000, 'x'));
        broadcast_batch(server.port(), {"a", "b\nc", ""});
        const auto last = broadcast(server.port(), "last");
        for (auto* stream : {&chunked, &plain}) {
            while (stream->last_event_id() != last) {
                REQUIRE(stream->read_some({}));
            }
        }
        wait_stat(server.port(), "bytes_delivered", static_cast<std::int64_t>(body_bytes(chunked) + body_bytes(plain)));
    }

    TEST_CASE("claims · reconnections and rejected claims")
    {
        server_process server(quiet);
        event_stream owner(server.port(), {.user_agent = "owner/1"});
        owner.connected();
        for (std::int64_t n = 1; n <= 3; ++n) {
            event_stream again(server.port(), {.session = owner.session_id(), .user_agent = "owner/1"});
            CHECK(integer(again.connected().at("reconnections")) == n);
            CHECK(stat_of(server.port(), "reconnections") == n);
            CHECK(
                event_stream::refused(server.port(), {.session = owner.session_id(), .user_agent = "other/1"}).status ==
                403);
            CHECK(stat_of(server.port(), "rejected_claims") == n);
        }
    }

    TEST_CASE("uptime · is counted in seconds")
    {
        server_process server(quiet);
        const auto uptime = [&] { return stats(server.port()).at("uptime_seconds").to_number<double>(); };
        CHECK(uptime() < 60);
        eventually("an uptime of a second", [&] { return uptime() >= 1; }, 5s);
    }
}
