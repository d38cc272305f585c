// GET /stats/stream: the server's numbers as events, of which nothing shows anywhere else.
#include "checks.hpp"
#include <support/event_stream.hpp>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include <deque>
#include <functional>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

constexpr int most_streams = 32;

stream_options stats_stream()
{
    stream_options o;
    o.path = "/stats/stream";
    return o;
}

boost::json::object next_stats(event_stream& stream)
{
    return boost::json::parse(stream.next_of_type("stats").data).as_object();
}

/// Reads on until the numbers are as wanted.
boost::json::object await_stats(event_stream& stream, const std::string& what,
                                const std::function<bool(const boost::json::object&)>& wanted)
{
    const deadline until;
    while (!until.passed()) {
        auto all = next_stats(stream);
        if (wanted(all)) {
            return all;
        }
    }
    throw test_failure("numbers never said: " + what);
}

std::int64_t published(const boost::json::object& all) { return integer(all.at("events_published")); }

bool is_admitted(const server_process& server)
{
    http_connection connection(server.port());
    connection.send(stats_stream().to_request());
    return connection.read_head().status == 200;
}

} // namespace

TEST_SUITE("contract/telemetry")
{
    TEST_CASE("stream · begins as every stream does, without a cookie")
    {
        server_process server;
        event_stream stream(server.port(), stats_stream());
        const auto& head = stream.response();
        CHECK(head.headers.get("Cache-Control") == "no-cache, no-transform");
        CHECK(head.headers.get("X-Accel-Buffering") == "no");
        CHECK_FALSE(head.headers.has("Set-Cookie"));
        const auto opening = stream.expect("connected");
        CHECK(is_position(opening.id));
        CHECK(opening.raw.starts_with("retry: 3000\n"));
        CHECK(opening.data.find(R"("reconnection":false)") != std::string::npos);
    }

    TEST_CASE("stream · has an event with every number each second")
    {
        server_process server({"--threads", "2"});
        event_stream stream(server.port(), stats_stream());
        const auto first = next_stats(stream);
        CHECK(keys(first) == std::set<std::string>{"time", "active_clients", "total_sessions", "buffered_sessions",
                                                   "events_published", "events_delivered", "bytes_delivered",
                                                   "reconnections", "rejected_claims", "slow_consumers_dropped",
                                                   "uptime_seconds", "memory_bytes", "cpu_seconds", "latency_us",
                                                   "late_shards"});
        const auto second = next_stats(stream);
        const auto apart = integer(second.at("time")) - integer(first.at("time"));
        CHECK(apart >= 990);
        CHECK(apart < 2000 * slowness());
        CHECK(std::abs(milliseconds_since_epoch() - integer(second.at("time"))) < 5000 * slowness());
        CHECK(second.at("uptime_seconds").to_number<double>() > first.at("uptime_seconds").to_number<double>());
        CHECK(second.at("cpu_seconds").to_number<double>() >= first.at("cpu_seconds").to_number<double>());
        const auto resident = static_cast<double>(server.resident_bytes());
        CHECK(std::abs(second.at("memory_bytes").to_number<double>() - resident) < 0.2 * resident);
        CHECK(second.at("latency_us").to_number<double>() > 0);
        CHECK(second.at("latency_us").to_number<double>() < 1e6);
        CHECK(integer(second.at("late_shards")) == 0);
    }

    TEST_CASE("numbers · follow what happens")
    {
        server_process server({"--heartbeat-interval", "0"});
        event_stream watch(server.port(), stats_stream());
        event_stream owner(server.port());
        owner.connected();
        event_stream gone(server.port());
        gone.connected();
        gone.close();
        wait_stat(server.port(), "active_clients", 1);
        broadcast_batch(server.port(), {"a", "b", "c"});
        owner.barrier();
        CHECK(event_stream::refused(server.port(), {.session = owner.session_id(), .user_agent = "other/1"}).status ==
              403);
        event_stream again(server.port(), {.session = owner.session_id()});
        again.connected();
        wait_stat(server.port(), "events_delivered", 4);

        const auto told =
            await_stats(watch, "a reconnection", [](auto const& all) { return integer(all.at("reconnections")) == 1; });
        const auto asked = stats(server.port());
        for (const auto* name :
             {"active_clients", "total_sessions", "buffered_sessions", "events_published", "events_delivered",
              "bytes_delivered", "reconnections", "rejected_claims", "slow_consumers_dropped"}) {
            CHECK_MESSAGE(integer(told.at(name)) == integer(asked.at(name)), std::string(name));
        }
        CHECK(integer(told.at("active_clients")) == 1);
        CHECK(integer(told.at("total_sessions")) == 2);
        CHECK(integer(told.at("buffered_sessions")) == 1);
        CHECK(published(told) == 4);
        CHECK(integer(told.at("rejected_claims")) == 1);
    }

    TEST_CASE("numbers · and the self-check leave no trace in stats, sessions, ids, receipts and streams")
    {
        server_process server({"--threads", "2", "--max-connections", "1", "--max-sessions", "1"});
        event_stream watch(server.port(), stats_stream());
        event_stream second_watch(server.port(), stats_stream());
        next_stats(watch);
        next_stats(watch);
        const auto before = stats(server.port());
        for (const auto& [name, value] : before) {
            if (name != "config" && name != "uptime_seconds") {
                CHECK_MESSAGE(integer(value) == 0, std::string(name));
            }
        }
        CHECK(get(server.port(), "/sessions").json().at("sessions").as_array().empty());
        // The one stream, and the one session, that the limits allow.
        event_stream stream(server.port());
        stream.expect("connected");
        const auto receipt = post_json(server.port(), "/broadcast", {{"data", "1"}}).json().as_object();
        CHECK(integer(receipt.at("clients")) == 1);
        CHECK(position(text(receipt.at("id"))).second == 1);
        next_stats(watch);
        next_stats(watch);
        const auto last = broadcast(server.port(), "2");
        CHECK(position(last).second == 2);
        CHECK(stream.expect("message").data == "1");
        CHECK(stream.expect("message").data == "2");
        CHECK(get(server.port(), "/sessions").json().at("sessions").as_array().size() == 1);
        CHECK(stat_of(server.port(), "events_published") == 2);
        // Nor is what is published seen here.
        await_stats(watch, "two events", [](auto const& all) { return published(all) == 2; });
        while (const auto block = second_watch.try_next()) {
            CHECK(block->type != "message");
        }
    }

    TEST_CASE("session · that of /events is neither taken over nor forgotten by the browser")
    {
        server_process server({"--threads", "2"});
        event_stream events(server.port());
        events.connected();
        auto with_cookie = stats_stream();
        with_cookie.session_cookie = events.session_id();
        event_stream by_cookie(server.port(), with_cookie);
        auto named = stats_stream();
        named.session = events.session_id();
        event_stream by_name(server.port(), named);
        for (auto* stream : {&by_cookie, &by_name}) {
            CHECK_FALSE(stream->response().headers.has("Set-Cookie"));
            CHECK(stream->session_id() != events.session_id());
            CHECK(stream->connected().at("resumed") == false);
            next_stats(*stream);
        }
        const auto id = broadcast(server.port(), "still here");
        CHECK(events.next_of_type("message").id == id);
        CHECK(stat_of(server.port(), "reconnections") == 0);
        CHECK(stat_of(server.port(), "rejected_claims") == 0);
    }

    TEST_CASE("resume · by the last id tells how many were missed")
    {
        server_process server;
        event_stream stream(server.port(), stats_stream());
        const auto seen = stream.next_of_type("stats").id;
        stream.next_of_type("stats");
        auto again = stats_stream();
        again.last_event_id = seen;
        event_stream resumed(server.port(), again);
        CHECK(integer(resumed.connected().at("dropped")) >= 1);
        CHECK(integer(resumed.connected().at("replay")) == 0);
        CHECK(position(resumed.next_of_type("stats").id).second > position(seen).second + 1);
    }

    TEST_CASE("route · answers HEAD, OPTIONS, other methods and other media types as /events does")
    {
        server_process server(std::vector<std::string>{"--no-test-endpoints"});
        CHECK(get(server.port(), "/stats").status == 404);
        http_connection connection(server.port());
        connection.send(http_request{.method = "HEAD", .target = "/stats/stream"});
        const auto head = connection.read_response({}, true);
        CHECK(head.status == 200);
        CHECK(head.headers.get("Content-Type") == "text/event-stream");
        CHECK_FALSE(head.headers.has("X-SSE-Session-ID"));
        const auto options = connection.request({.method = "OPTIONS", .target = "/stats/stream"});
        CHECK(options.status == 204);
        CHECK(list_elements(options.headers.get("Allow")) == std::set<std::string>{"GET", "HEAD", "OPTIONS"});
        check_problem(connection.request({.method = "POST", .target = "/stats/stream"}), 405);
        auto picky = stats_stream();
        picky.accept = "application/json";
        check_problem(connection.request(picky.to_request()), 406);
        event_stream stream(server.port(), stats_stream());
        next_stats(stream);
    }

    TEST_CASE("access · needs the publish token, in the header")
    {
        server_process server(std::vector<std::string>{"--publish-token", "p", "--subscribe-token", "s"});
        auto asked = stats_stream();
        CHECK(event_stream::refused(server.port(), asked).status == 401);
        asked.query = "access_token=p";
        CHECK(event_stream::refused(server.port(), asked).status == 401);
        asked.headers = {{"Authorization", "Bearer s"}};
        CHECK(event_stream::refused(server.port(), asked).status == 401);
        asked.headers = {{"Authorization", "Bearer p"}, {"Origin", "https://evil.example"}};
        CHECK(event_stream::refused(server.port(), asked).status == 403);
        asked.headers = {{"Authorization", "Bearer p"}};
        http_connection connection(server.port());
        http_request head{.method = "HEAD", .target = "/stats/stream"};
        connection.send(head);
        CHECK(connection.read_response({}, true).status == 401);
        head.headers = asked.headers;
        connection.send(head);
        CHECK(connection.read_response({}, true).status == 200);
        event_stream stream(server.port(), asked);
        next_stats(stream);
    }

    TEST_CASE("metrics · have the latencies of the self-check")
    {
        server_process server;
        event_stream stream(server.port(), stats_stream());
        next_stats(stream);
        next_stats(stream); // so one round at least is over
        const auto text = get(server.port(), "/metrics").body;
        CHECK(text.find("\nsluice_self_check_latency_seconds_bucket{le=\"+Inf\"} ") != std::string::npos);
        CHECK(text.find("\nsluice_self_check_latency_seconds_count 0\n") == std::string::npos);
        CHECK(text.find("\nsluice_self_check_late_total 0\n") != std::string::npos);
    }

    TEST_CASE("limit · more streams than it allows get 503, which costs /events nothing")
    {
        server_process server({"--threads", "2", "--retry", "7s", "--drain-spread", "2s"});
        std::deque<event_stream> streams;
        for (int i = 0; i < most_streams; ++i) {
            streams.emplace_back(server.port(), stats_stream());
        }
        const auto refused = event_stream::refused(server.port(), stats_stream());
        check_problem(refused, 503);
        const auto wait = std::stoi(refused.headers.get("Retry-After"));
        CHECK(wait >= 7);
        CHECK(wait <= 9);
        event_stream events(server.port());
        events.connected();
        next_stats(streams.back());
        streams.pop_front();
        eventually("a stream is admitted again", [&] { return is_admitted(server); });
    }

    TEST_CASE("drain · ends the stream with shutdown, after those of /events")
    {
        server_process server({"--threads", "2"});
        event_stream watch(server.port(), stats_stream());
        event_stream events(server.port());
        next_stats(watch);
        events.connected();
        server.terminate();
        events.next_of_type("shutdown");
        watch.next_of_type("shutdown");
        CHECK(watch.wait_end() == stream_end::last_chunk);
        CHECK_FALSE(watch.next_or_end());
        CHECK(server.wait_exit() == success);
    }
}
