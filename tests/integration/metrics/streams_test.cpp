// GET /metrics: what becomes of streams and sessions, each number moved by its real cause.
#include "exposition.hpp"
#include <support/event_stream.hpp>

#include <checks.hpp>
#include <fmt/format.h>
#include <temporary_directory.hpp>

#include <chrono>
#include <cmath>
#include <csignal>
#include <deque>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

using labels = exposition::labels;

const std::vector<std::string> quiet_streams{"--heartbeat-interval", "0", "--write-timeout", "60s"};

std::vector<std::string> quiet_and(std::initializer_list<std::string> more)
{
    auto all = quiet_streams;
    all.insert(all.end(), more);
    return all;
}

endpoint narrow(const server_process& server)
{
    endpoint to(server.port());
    to.receive_buffer = 4096;
    return to;
}

void wait_ended(const server_process& server, const std::string& reason, double wanted)
{
    wait_metric(server.port(), "sluice_streams_ended_total", {{"reason", reason}}, wanted);
}

/// So many streams have ended, all of them for this reason.
void check_ended(const server_process& server, const std::string& reason, double wanted)
{
    wait_ended(server, reason, wanted);
    CHECK(scrape(server.port()).sum("sluice_streams_ended_total") == wanted);
}

/// So many streams were refused, all of them for this reason.
void check_refused(const server_process& server, const std::string& reason, double wanted)
{
    const auto all = scrape(server.port());
    CHECK(all.value("sluice_streams_refused_total", {{"reason", reason}}) == wanted);
    CHECK(all.sum("sluice_streams_refused_total") == wanted);
}

void check_replays(const server_process& server, double full, double partial, double none)
{
    const auto all = scrape(server.port());
    CHECK(all.value("sluice_replays_total", {{"outcome", "full"}}) == full);
    CHECK(all.value("sluice_replays_total", {{"outcome", "partial"}}) == partial);
    CHECK(all.value("sluice_replays_total", {{"outcome", "none"}}) == none);
}

/// Closes the stream and waits until that was noticed.
void drop(const server_process& server, event_stream& stream)
{
    const auto before = stat_of(server.port(), "active_clients");
    stream.close();
    wait_stat(server.port(), "active_clients", before - 1);
}

/// Publishes until the witness has read more than a stalled client's sockets take.
void fill_sockets(const server_process& server, event_stream& witness)
{
    for (int i = 0; i < 60; ++i) {
        broadcast(server.port(), std::string(200'000, 'x'));
        witness.next_of_type("message");
    }
}

} // namespace

TEST_SUITE("metrics/streams")
{
    TEST_CASE("ended · by a client that closes or resets its connection")
    {
        server_process server(quiet_streams);
        event_stream closed(server.port());
        event_stream reset(server.port());
        closed.connected();
        reset.connected();
        closed.close();
        reset.reset();
        check_ended(server, "client", 2);
        CHECK(scrape(server.port()).value("sluice_streams_opened_total") == 2);
    }

    TEST_CASE("ended · by a takeover, a disconnect and a forget")
    {
        server_process server(quiet_and({"--threads", "3"}));
        event_stream first(server.port());
        first.connected();
        event_stream second(server.port(), {.session = first.session_id()});
        second.connected();
        check_ended(server, "takeover", 1);
        CHECK(post(server.port(), "/disconnect?session=" + first.session_id()).status == 200);
        second.wait_end();
        wait_ended(server, "disconnect", 1);
        event_stream third(server.port(), {.session = first.session_id()});
        third.connected();
        CHECK(request(server.port(), {.method = "DELETE", .target = "/sessions/" + first.session_id()}).status == 204);
        third.wait_end();
        wait_ended(server, "forget", 1);
        CHECK(scrape(server.port()).sum("sluice_streams_ended_total") == 3);
        CHECK(scrape(server.port()).value("sluice_streams_opened_total") == 3);
    }

    TEST_CASE("ended · as slow, by lag; until then the stream is blocked and its lag is seen")
    {
        server_process server(quiet_and({"--max-lag", "100"}));
        event_stream stalled(narrow(server));
        event_stream healthy(server.port());
        stalled.connected();
        healthy.connected();
        fill_sockets(server, healthy);
        auto all = scrape(server.port());
        CHECK(all.value("sluice_connections", {{"state", "blocked"}}) == 1);
        CHECK(all.value("sluice_connections", {{"state", "streaming"}}) == 1);
        const auto lag = static_cast<double>(integer(session_entry(server.port(), stalled.session_id()).at("lag")));
        CHECK(lag >= 2);
        CHECK(lag <= 61);
        // The threads look at their streams once a second, each by itself.
        const auto change = [&](const exposition& now, const std::string& what) {
            return now.value("sluice_stream_lag_events_" + what) - all.value("sluice_stream_lag_events_" + what);
        };
        exposition later = all;
        eventually("two looks at each stream", [&] {
            later = scrape(server.port());
            return change(later, "sum") >= 2 * lag && change(later, "count") >= 4;
        });
        CHECK(std::fmod(change(later, "sum"), lag) == 0);
        for (int i = 0; i < 101; ++i) {
            broadcast(server.port(), "x");
            healthy.next_of_type("message");
        }
        check_ended(server, "slow", 1);
        CHECK(scrape(server.port()).value("sluice_slow_consumers_dropped_total") == 1);
        CHECK(scrape(server.port()).value("sluice_connections", {{"state", "blocked"}}) == 0);
    }

    TEST_CASE("ended · as slow, by the write timeout")
    {
        server_process server({"--heartbeat-interval", "0", "--write-timeout", "1s"});
        event_stream stalled(narrow(server));
        event_stream healthy(server.port());
        stalled.connected();
        healthy.connected();
        fill_sockets(server, healthy);
        check_ended(server, "slow", 1);
    }

    TEST_CASE("ended · by a drain, which refuses new streams and is seen while it lasts")
    {
        server_process server(quiet_and({"--drain-timeout", "8s"}));
        event_stream stuck(narrow(server));
        event_stream witness(server.port());
        stuck.connected();
        witness.connected();
        fill_sockets(server, witness);
        http_connection scraper(server.port());
        http_connection late(server.port());
        const auto ask = [&] { return exposition(scraper.get("/metrics").body); };
        CHECK(ask().value("sluice_draining") == 0);
        REQUIRE(late.get("/healthz").status == 200);
        server.terminate();
        witness.next_of_type("shutdown");
        CHECK(late.request(stream_options{}.to_request()).status == 503);
        const auto all = ask();
        CHECK(all.value("sluice_draining") == 1);
        CHECK(all.value("sluice_streams_ended_total", {{"reason", "drain"}}) == 2);
        CHECK(all.value("sluice_streams_refused_total", {{"reason", "drain"}}) == 1);
        stuck.close();
        CHECK(server.wait_exit().code == 0);
    }

    TEST_CASE("refused · a claim of another client's session")
    {
        server_process server(quiet_streams);
        event_stream owner(server.port(), {.user_agent = "owner/1"});
        owner.connected();
        const stream_options thief{.session = owner.session_id(), .user_agent = "other/1"};
        CHECK(event_stream::refused(server.port(), thief).status == 403);
        check_refused(server, "ownership", 1);
        CHECK(scrape(server.port()).value("sluice_rejected_claims_total") == 1);
    }

    TEST_CASE("lag · does not change by being scraped")
    {
        server_process server(quiet_and({"--threads", "1"}));
        event_stream stream(server.port());
        stream.connected();
        http_connection scraper(server.port());
        const auto count = [&] {
            return exposition(scraper.get("/metrics").body).value("sluice_stream_lag_events_count");
        };
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < 500; ++i) {
            static_cast<void>(count());
        }
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        CHECK(count() <= took.count() + 1);
        eventually("it is looked at nevertheless", [&] { return count() >= 1; });
    }

    TEST_CASE("refused · without the token")
    {
        server_process server(quiet_and({"--subscribe-token", "s"}));
        CHECK(event_stream::refused(server.port(), {}).status == 401);
        CHECK(event_stream::refused(server.port(), {.query = "access_token=x"}).status == 401);
        event_stream stream(server.port(), {.query = "access_token=s"});
        stream.connected();
        check_refused(server, "unauthorized", 2);
    }

    TEST_CASE("sessions · created and expired")
    {
        server_process server({"--heartbeat-interval", "0", "--buffer-ttl", "200ms", "--cleanup-interval", "50ms"});
        event_stream stream(server.port());
        stream.connected();
        mint_session(server.port());
        wait_metric(server.port(), "sluice_sessions_expired_total", {}, 1);
        CHECK(scrape(server.port()).value("sluice_sessions_created_total") == 2);
        stream.close();
        wait_metric(server.port(), "sluice_sessions_expired_total", {}, 2);
        CHECK(scrape(server.port()).value("sluice_sessions_created_total") == 2);
    }

    TEST_CASE("deprecated · what goes with the next release says so, and what takes its place is there")
    {
        server_process server;
        const auto all = scrape(server.port());
        for (const auto* name : {"sluice_sessions", "sluice_publish_requests_total"}) {
            CAPTURE(name);
            CHECK(all.families().at(name).help.starts_with("Deprecated"));
        }
        CHECK(all.families().contains("sluice_buffered_sessions"));
        CHECK(all.families().contains("sluice_total_sessions"));
        CHECK(all.families().contains("sluice_http_requests_total"));
    }

    TEST_CASE("refused · above max_connections and max_sessions")
    {
        server_process few_streams({"--max-connections", "1"});
        event_stream only(few_streams.port());
        only.connected();
        CHECK(event_stream::refused(few_streams.port(), {}).status == 503);
        check_refused(few_streams, "max_connections", 1);
        CHECK(scrape(few_streams.port()).value("sluice_max_connections") == 1);

        server_process few_sessions({"--max-sessions", "2"});
        mint_session(few_sessions.port());
        mint_session(few_sessions.port());
        CHECK(event_stream::refused(few_sessions.port(), {}).status == 503);
        check_refused(few_sessions, "max_sessions", 1);
        CHECK(scrape(few_sessions.port()).value("sluice_max_sessions") == 2);
    }

    TEST_CASE("limits · are those in force, also when they change while the server runs")
    {
        temporary_directory scratch;
        const auto file = scratch.write("sluice.toml", "max_connections = 7\nmax_sessions = 8\n");
        server_process server({"--config", file});
        CHECK(scrape(server.port()).value("sluice_max_connections") == 7);
        CHECK(scrape(server.port()).value("sluice_max_sessions") == 8);
        static_cast<void>(scratch.write("sluice.toml", "max_connections = 5\nmax_sessions = 6\n"));
        server.terminate(SIGHUP);
        wait_metric(server.port(), "sluice_max_connections", {}, 5);
        wait_metric(server.port(), "sluice_max_sessions", {}, 6);
    }

    TEST_CASE("refused · a session that reconnects too often; that it thrashes is counted once")
    {
        server_process server(quiet_streams);
        event_stream first(server.port());
        first.connected();
        http_response last;
        for (int i = 0; i < 150 && last.status != 429; ++i) {
            http_connection again(server.port());
            again.send(stream_options{.session = first.session_id()}.to_request());
            last = again.read_head();
        }
        CHECK(last.status == 429);
        check_refused(server, "thrashing", 1);
        CHECK(scrape(server.port()).value("sluice_thrashing_sessions_total") == 1);
    }

    TEST_CASE("replays · full, partial and none, with the events replayed and lost")
    {
        server_process server(quiet_and({"--buffer-size", "3"}));
        event_stream stream(server.port());
        stream.connected();
        check_replays(server, 0, 0, 0);
        drop(server, stream);
        broadcast_batch(server.port(), {"1", "2"});
        event_stream full(server.port(), {.session = stream.session_id()});
        full.next_of_type("replay-end");
        check_replays(server, 1, 0, 0);
        CHECK(scrape(server.port()).value("sluice_events_replayed_total") == 2);
        CHECK(scrape(server.port()).value("sluice_events_lost_total") == 0);
        drop(server, full);
        broadcast_batch(server.port(), {"1", "2", "3", "4", "5"});
        event_stream partial(server.port(), {.session = stream.session_id()});
        partial.next_of_type("replay-end");
        check_replays(server, 1, 1, 0);
        CHECK(scrape(server.port()).value("sluice_events_replayed_total") == 5);
        CHECK(scrape(server.port()).value("sluice_events_lost_total") == 2);

        server_process forgetful(quiet_and({"--buffer-size", "0"}));
        event_stream none(forgetful.port());
        none.connected();
        drop(forgetful, none);
        broadcast(forgetful.port(), "lost");
        event_stream resumed(forgetful.port(), {.session = none.session_id()});
        resumed.connected();
        check_replays(forgetful, 0, 0, 1);
        CHECK(scrape(forgetful.port()).value("sluice_events_lost_total") == 1);
    }

    TEST_CASE("states · connections and sessions")
    {
        server_process server(quiet_and({"--threads", "2"}));
        event_stream first(server.port());
        event_stream second(server.port());
        first.connected();
        second.connected();
        mint_session(server.port());
        const auto all = scrape(server.port());
        CHECK(all.value("sluice_connections", {{"state", "streaming"}}) == 2);
        CHECK(all.value("sluice_connections", {{"state", "blocked"}}) == 0);
        CHECK(all.value("sluice_sessions", {{"state", "connected"}}) == 2);
        CHECK(all.value("sluice_sessions", {{"state", "buffered"}}) == 1);
        // The scraper's own is one of those that carry requests.
        wait_metric(server.port(), "sluice_connections", {{"state", "requests"}}, 1);
        {
            std::deque<http_connection> idle;
            for (int i = 0; i < 3; ++i) {
                REQUIRE(idle.emplace_back(server.port()).get("/healthz").status == 200);
            }
            wait_metric(server.port(), "sluice_connections", {{"state", "requests"}}, 4);
        }
        wait_metric(server.port(), "sluice_connections", {{"state", "requests"}}, 1);
        drop(server, first);
        wait_metric(server.port(), "sluice_sessions", {{"state", "buffered"}}, 2);
    }
}
