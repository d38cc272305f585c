// GET /metrics: publishing, the log, the process, and that it says what /stats says.
#include "exposition.hpp"
#include <support/event_stream.hpp>

#include <checks.hpp>
#include <fmt/format.h>

#include <chrono>
#include <utility>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

using labels = exposition::labels;

const std::vector<std::string> quiet{"--heartbeat-interval", "0", "--threads", "2"};

double requests(const exposition& all, const std::string& route, const std::string& code)
{
    return all.value("sluice_publish_requests_total", {{"route", route}, {"code", code}});
}

double seconds_since_epoch() { return static_cast<double>(milliseconds_since_epoch()) / 1000; }

/// The numbers of /stats and their names in /metrics.
const std::vector<std::pair<std::string, std::string>> names{
    {"active_clients", "sluice_active_clients"},
    {"total_sessions", "sluice_total_sessions"},
    {"buffered_sessions", "sluice_buffered_sessions"},
    {"events_published", "sluice_events_published_total"},
    {"events_delivered", "sluice_events_delivered_total"},
    {"bytes_delivered", "sluice_bytes_delivered_total"},
    {"reconnections", "sluice_reconnections_total"},
    {"rejected_claims", "sluice_rejected_claims_total"},
    {"slow_consumers_dropped", "sluice_slow_consumers_dropped_total"},
    {"uptime_seconds", "sluice_uptime_seconds"},
};

} // namespace

TEST_SUITE("metrics/publishing")
{
    TEST_CASE("answer · open without a token, also without the publishing routes; HEAD but no other method")
    {
        server_process server(
            {"--publish-token", "p", "--subscribe-token", "s", "--no-test-endpoints", "--threads", "2"});
        CHECK(scrape(server.port()).value("sluice_active_clients") == 0);
        http_connection connection(server.port());
        connection.send(http_request{.method = "HEAD", .target = "/metrics"});
        CHECK(connection.read_response({}, true).status == 200);
        const auto refused = post(server.port(), "/metrics");
        check_problem(refused, 405);
        CHECK(refused.headers.get("Allow") == "GET, HEAD, OPTIONS");
    }

    TEST_CASE("stats · each number is one sample without labels, and says the same")
    {
        server_process server({"--heartbeat-interval", "0", "--threads", "3", "--buffer-size", "7", "--buffer-ttl",
                               "90s", "--cleanup-interval", "1500ms"});
        event_stream first(server.port());
        event_stream second(server.port(), {.user_agent = "owner/1"});
        first.connected();
        second.connected();
        mint_session(server.port());
        broadcast_batch(server.port(), {"1", "2", "3"});
        CHECK(post(server.port(), "/send?session=" + first.session_id()).status == 200);
        CHECK(event_stream::refused(server.port(), {.session = second.session_id(), .user_agent = "other/1"}).status ==
              403);
        event_stream again(server.port(), {.session = first.session_id()});
        again.barrier();
        wait_stat(server.port(), "events_delivered", 4 + 3 + 2);
        const auto told = stats(server.port());
        const auto all = scrape(server.port());
        for (const auto& [stat_name, name] : names) {
            const auto value = all.value(name);
            INFO(name);
            REQUIRE(all.families().at(name).samples.size() == 1);
            if (stat_name == "uptime_seconds") {
                CHECK(value - told.at(stat_name).to_number<double>() < 5 * slowness());
                CHECK(value > 0);
            } else {
                CHECK(value == told.at(stat_name).to_number<double>());
            }
        }
        CHECK(all.value("sluice_reconnections_total") == 1);
        CHECK(all.value("sluice_rejected_claims_total") == 1);
        CHECK(keys(told).size() == names.size() + 1); // and config
        CHECK(all.value("sluice_buffer_size") == 7);
        CHECK(all.value("sluice_buffer_ttl_seconds") == 90);
        CHECK(all.value("sluice_cleanup_interval_seconds") == 1.5);
        CHECK(all.value("sluice_reconnection_enabled") == 1);
        server_process without({"--no-reconnection"});
        CHECK(scrape(without.port()).value("sluice_reconnection_enabled") == 0);
    }

    TEST_CASE("requests · are counted by route and status, on whatever thread")
    {
        server_process server({"--heartbeat-interval", "0", "--threads", "2", "--max-event-bytes", "1KiB"});
        const auto port = server.port();
        const auto all_zero = scrape(port);
        CHECK(all_zero.sum("sluice_publish_requests_total") == 0);
        event_stream stream(port);
        stream.connected();
        for (int i = 0; i < 4; ++i) {
            broadcast(port, "x"); // each on a connection of its own: the threads take turns
        }
        CHECK(post(port, "/send?session=" + stream.session_id()).status == 200);
        CHECK(post(port, "/broadcast?type=a,b").status == 400);
        CHECK(post(port, "/send?session=nobody").status == 404);
        CHECK(post(port, "/broadcast", "application/x-www-form-urlencoded", "data=" + std::string(2000, 'x')).status ==
              413);
        CHECK(post(port, "/broadcast", "application/json", std::string(10'000, ' ')).status == 413);
        CHECK(post(port, "/broadcast", "image/png", "x").status == 415);
        // None of these publishes.
        CHECK(get(port, "/broadcast").status == 405);
        CHECK(request(port, {.method = "OPTIONS", .target = "/broadcast"}).status == 204);
        CHECK(get(port, "/healthz").status == 200);
        CHECK(post(port, "/sessions").status == 201);
        const auto all = scrape(port);
        CHECK(requests(all, "/broadcast", "200") == 4);
        CHECK(requests(all, "/send", "200") == 1);
        CHECK(requests(all, "/broadcast", "400") == 1);
        CHECK(requests(all, "/send", "404") == 1);
        CHECK(requests(all, "/broadcast", "413") == 2);
        CHECK(requests(all, "/broadcast", "415") == 1);
        CHECK(all.sum("sluice_publish_requests_total") == 10);
        const auto answered = [&](const std::string& route, const std::string& code) {
            return all.value("sluice_http_requests_total", {{"route", route}, {"code", code}});
        };
        CHECK(answered("/broadcast", "200") == 4);
        CHECK(answered("/broadcast", "413") == 2);
        CHECK(answered("/broadcast", "405") == 1);
        CHECK(answered("/broadcast", "204") == 1);
        CHECK(answered("/send", "404") == 1);
        CHECK(answered("/events", "200") == 1);
        CHECK(answered("/healthz", "200") == 1);
        CHECK(answered("/sessions", "201") == 1);
        CHECK(answered("/metrics", "200") == 1);
        CHECK(answered("/stats", "200") == 0); // it is there from the start
        CHECK(all.value("sluice_unknown_targets_total") == 1);
    }

    TEST_CASE(
        "requests · that lack the token or come from a foreign page are counted too, whatever they would have done")
    {
        server_process server({"--publish-token", "p", "--threads", "1"});
        const auto port = server.port();
        CHECK(post(port, "/send?session=nobody").status == 401);
        CHECK(post(port, "/broadcast").status == 401);
        CHECK(request(port, {.method = "POST",
                             .target = "/broadcast",
                             .headers = {{"Authorization", "Bearer p"}, {"Origin", "http://elsewhere.example"}}})
                  .status == 403);
        CHECK(request(port, {.method = "POST", .target = "/broadcast", .headers = {{"Authorization", "Bearer p"}}})
                  .status == 200);
        const auto all = scrape(port);
        CHECK(requests(all, "/send", "401") == 1);
        CHECK(requests(all, "/broadcast", "401") == 1);
        CHECK(requests(all, "/broadcast", "403") == 1);
        CHECK(requests(all, "/broadcast", "200") == 1);
        CHECK(all.sum("sluice_publish_requests_total") == 4);
    }

    TEST_CASE("requests · refused by a drain are counted")
    {
        server_process server({"--drain-timeout", "8s", "--write-timeout", "60s", "--threads", "2"});
        endpoint narrow(server.port());
        narrow.receive_buffer = 4096;
        event_stream stuck(narrow);
        event_stream witness(server.port());
        stuck.connected();
        for (int i = 0; i < 60; ++i) {
            broadcast(server.port(), std::string(200'000, 'x'));
            witness.next_of_type("message");
        }
        http_connection publisher(server.port());
        REQUIRE(publisher.get("/healthz").status == 200);
        server.terminate();
        witness.next_of_type("shutdown");
        CHECK(publisher.post_json("/broadcast", {{"data", "late"}}).status == 503);
        CHECK(requests(exposition(publisher.get("/metrics").body), "/broadcast", "503") == 1);
        stuck.close();
        CHECK(server.wait_exit().code == 0);
    }

    TEST_CASE("requests · each route that there is has its name; the others are together")
    {
        server_process server({"--publish-token", "p", "--threads", "1"});
        http_connection connection(server.port());
        const auto others = [](const exposition& all) {
            double sum = 0;
            for (const auto& sample : all.families().at("sluice_http_requests_total").samples) {
                sum += sample.by.at("route") == "other" ? sample.value : 0;
            }
            return sum;
        };
        for (const auto* path : {"/broadcast", "/send", "/disconnect", "/stats", "/sessions", "/sessions/x", "/events",
                                 "/stats/stream", "/metrics", "/healthz", "/readyz", "/"}) {
            CAPTURE(path);
            CHECK(connection.request({.method = "PUT", .target = path}).status >= 401);
            CHECK(others(exposition(connection.get("/metrics").body)) == 0);
        }
        CHECK(connection.get("/nowhere").status == 404);
        CHECK(others(exposition(connection.get("/metrics").body)) == 1);
    }

    TEST_CASE("latency · from publishing to the socket, one value for each stream and write, replays left out")
    {
        server_process server(quiet);
        event_stream first(server.port());
        event_stream second(server.port());
        first.connected();
        second.connected();
        const auto count = [&] { return scrape(server.port()).value("sluice_publish_to_socket_seconds_count"); };
        CHECK(count() == 0);
        std::string oldest;
        for (int i = 0; i < 3; ++i) {
            const auto id = broadcast(server.port(), "x");
            first.next_of_type("message");
            second.next_of_type("message");
            oldest = i == 0 ? id : oldest;
        }
        CHECK(count() == 6);
        const auto all = scrape(server.port());
        CHECK(all.value("sluice_publish_to_socket_seconds_sum") > 0);
        CHECK(all.value("sluice_publish_to_socket_seconds_sum") < 60);
        event_stream joining(server.port(), {.last_event_id = oldest});
        joining.next_of_type("replay-end");
        CHECK(count() == 6);
    }

    TEST_CASE("bytes · of published events as they are on a stream, each once")
    {
        server_process server(quiet);
        event_stream first(server.port());
        event_stream second(server.port());
        first.connected();
        second.connected();
        broadcast_batch(server.port(), {std::string(100'000, 'x'), "a\nb", ""});
        std::size_t bytes = 0;
        for (int i = 0; i < 3; ++i) {
            bytes += first.next_of_type("message").raw.size();
            second.next_of_type("message");
        }
        CHECK(bytes > 100'000);
        CHECK(scrape(server.port()).value("sluice_bytes_published_total") == static_cast<double>(bytes));
    }

    TEST_CASE("ring · its room, and a publisher that found it full and waited")
    {
        server_process server({"--heartbeat-interval", "0", "--threads", "1"});
        auto all = scrape(server.port());
        const auto capacity = all.value("sluice_ring_capacity_events");
        CHECK(capacity >= 1024);
        CHECK(all.value("sluice_publishes_delayed_total") == 0);
        CHECK(all.value("sluice_ring_events") == 0);
        broadcast_batch(server.port(), std::vector<std::string>(static_cast<std::size_t>(capacity) / 2, "x"));
        CHECK(scrape(server.port()).value("sluice_publishes_delayed_total") == 0);
        // A batch larger than the ring waits when the thread that reads the ring is behind at that moment, which it is
        // not each time.
        double batches = 0;
        eventually("a publisher that waited", [&] {
            ++batches;
            broadcast_batch(server.port(), std::vector<std::string>(static_cast<std::size_t>(capacity) * 2, "x"));
            all = scrape(server.port());
            return all.value("sluice_publishes_delayed_total") > 0;
        });
        CHECK(all.value("sluice_publishes_delayed_total") <= batches);
        CHECK(all.value("sluice_events_published_total") == capacity * (0.5 + 2 * batches));
    }

    TEST_CASE("log · its bytes have what each thread keeps to find publishers' own ids and types")
    {
        constexpr int events = 20'000;
        constexpr int batch_size = 1000;
        const std::string text(240, 'x');
        server_process server({"--threads", "8", "--log-events", "100000", "--log-bytes", "8MiB"});
        const auto before = server.resident_bytes();
        std::string batch;
        for (int i = 0; i != events; ++i) {
            batch += fmt::format(R"({{"id":"{0}-{1}","type":"{0}-{1}","data":"x"}})"
                                 "\n",
                                 text, i);
            if ((i + 1) % batch_size == 0) {
                REQUIRE(post(server.port(), "/broadcast", "application/x-ndjson", std::exchange(batch, {})).status ==
                        200);
            }
        }
        const auto all = scrape(server.port());
        CHECK(all.value("sluice_log_bytes") <= 8 << 20);
        CHECK(all.value("sluice_log_events") > events / 20);
        CHECK(all.value("sluice_log_events") < events / 2);
        // Uncounted, the indices of eight threads were another 80 MB.
        CHECK(server.resident_bytes() < before + std::size_t{44'000'000} * static_cast<std::size_t>(slowness()));
    }

    TEST_CASE("log · events, bytes and the age of the oldest, within the limits; and what is held for single sessions")
    {
        server_process server(
            {"--threads", "2", "--heartbeat-interval", "0", "--log-events", "10", "--buffer-size", "10"});
        auto all = scrape(server.port());
        CHECK(all.value("sluice_log_events") == 0);
        CHECK(all.value("sluice_log_bytes") == 0);
        CHECK(all.value("sluice_log_oldest_age_seconds") == 0);
        CHECK(all.value("sluice_targeted_bytes") == 0);
        const auto begin = std::chrono::steady_clock::now();
        broadcast(server.port(), std::string(10'000, 'x'));
        all = scrape(server.port());
        CHECK(all.value("sluice_log_events") == 1);
        CHECK(all.value("sluice_log_bytes") > 10'000);
        CHECK(all.value("sluice_log_bytes") < 20'000);
        const auto age = all.value("sluice_log_oldest_age_seconds");
        CHECK(age > 0);
        CHECK(age <= std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
        eventually("the oldest grows older",
                   [&] { return scrape(server.port()).value("sluice_log_oldest_age_seconds") > age + 0.02; });
        broadcast_batch(server.port(), std::vector<std::string>(20, "x"));
        // The window of a thread that has yet to read the batch is the larger one for a moment.
        eventually("the log lets go of the first", [&] {
            const auto now = scrape(server.port());
            return now.value("sluice_log_events") == 10 && now.value("sluice_log_bytes") < 10'000;
        });
        const auto minted = mint_session(server.port());
        CHECK(post(server.port(), "/send", "application/x-www-form-urlencoded",
                   fmt::format("session={}&data={}", minted, std::string(1000, 'x')))
                  .status == 200);
        CHECK(scrape(server.port()).value("sluice_targeted_bytes") > 1000);
    }

    TEST_CASE("fan-out · one value for each event and thread, of a time that can be")
    {
        server_process server(quiet);
        const auto begin = std::chrono::steady_clock::now();
        event_stream stream(server.port());
        stream.connected();
        broadcast_batch(server.port(), {"1", "2", "3"});
        stream.barrier();
        wait_metric(server.port(), "sluice_fan_out_latency_seconds_count", {}, 8);
        const auto all = scrape(server.port());
        const auto spent = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        CHECK(all.value("sluice_fan_out_latency_seconds_sum") > 0);
        CHECK(all.value("sluice_fan_out_latency_seconds_sum") < 8 * spent);
        CHECK(all.value("sluice_fan_out_latency_seconds_bucket", {{"le", "+Inf"}}) == 8);
        CHECK(all.families().at("sluice_fan_out_latency_seconds").samples.size() == 22);
        CHECK(all.value("sluice_fan_out_latency_seconds_bucket", {{"le", "0.0001"}}) <= 8);
        CHECK(all.value("sluice_fan_out_latency_seconds_bucket", {{"le", "10"}}) <= 8);
    }

    TEST_CASE("process · what the kernel says of it, and the version")
    {
        const auto before = seconds_since_epoch();
        server_process server(server_options{.open_files = 200});
        http_connection scraper(server.port());
        event_stream stream(server.port());
        stream.connected();
        const auto ask = [&] { return exposition(scraper.get("/metrics").body); };
        const auto all = ask();
        CHECK(all.value("process_max_fds") == 200);
        CHECK(all.value("process_open_fds") == static_cast<double>(server.open_descriptors()));
        const auto resident = static_cast<double>(server.resident_bytes());
        CHECK(all.value("process_resident_memory_bytes") > resident / 2);
        CHECK(all.value("process_resident_memory_bytes") < resident * 2);
        CHECK(all.value("process_virtual_memory_bytes") > all.value("process_resident_memory_bytes"));
        const auto start = all.value("process_start_time_seconds");
        CHECK(start > before - 2); // the kernel counts in ticks, from a boot that it rounds
        CHECK(start < seconds_since_epoch() + 1);
        const auto cpu = all.value("process_cpu_seconds_total");
        CHECK(cpu > 0);
        CHECK(cpu < seconds_since_epoch() - before + 2);
        eventually("processor time is used", [&] { return ask().value("process_cpu_seconds_total") > cpu; });
        CHECK(ask().value("process_start_time_seconds") == start);
        const auto version = run_server({.arguments = {"--version"}}).out;
        const auto& samples = all.families().at("sluice_build_info").samples;
        REQUIRE(samples.size() == 1);
        CHECK(samples.front().value == 1);
        CHECK(version.find(samples.front().by.at("version")) != std::string::npos);
        CHECK_FALSE(samples.front().by.at("version").empty());
    }
}
