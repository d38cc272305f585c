// Idempotency-Key: a publishing request that is sent again publishes nothing, and gets the first answer.
#include "checks.hpp"
#include <support/event_stream.hpp>

#include <fmt/format.h>

#include <atomic>
#include <future>
#include <vector>

using namespace sluice::test;

namespace {

http_request keyed(std::string target, std::string body, std::string key)
{
    return {.method = "POST",
            .target = std::move(target),
            .headers = {{"Content-Type", json}, {"Idempotency-Key", std::move(key)}},
            .body = std::move(body)};
}

} // namespace

TEST_SUITE("contract/idempotency")
{
    TEST_CASE("key · the same request again gets the first answer, on any thread, and publishes nothing")
    {
        server_process server({"--threads", "2"});
        event_stream stream(server.port());
        stream.expect("connected");
        const std::string large = fmt::format("{{\"data\":\"{}\"}}", std::string(100'000, 'x'));
        int number = 0;
        for (const auto& [target, body] : {std::pair<std::string, std::string>{"/publish", "{}"},
                                           {"/broadcast?topic=a", "{}"},
                                           {"/send?session=" + stream.session_id(), "{}"},
                                           {"/publish", large}}) {
            CAPTURE(target);
            const auto request = keyed(target, body, fmt::format("key-{}", ++number));
            const auto first = sluice::test::request(server.port(), request);
            CHECK(first.status == 200);
            CHECK_FALSE(first.headers.has("Idempotency-Replayed"));
            (void)stream.next_event();
            for (int i = 0; i < 4; ++i) { // connections go round the threads
                const auto again = sluice::test::request(server.port(), request);
                CHECK(again.status == 200);
                CHECK(again.body == first.body);
                CHECK(again.headers.get("Idempotency-Replayed") == "true");
            }
            CHECK(stream.barrier().empty());
        }
        const auto metrics = request(server.port(), {.target = "/metrics"}).body;
        CHECK(metrics.find("\nsluice_idempotency_keys 4\n") != std::string::npos);
        CHECK(metrics.find("\nsluice_idempotent_replays_total 16\n") != std::string::npos);
    }

    TEST_CASE("key · of another request is a 422, and one of a request that failed is free")
    {
        server_process server;
        http_connection connection(server.port());
        check_problem(connection.request(keyed("/publish", "{", "k")), 400);
        CHECK(connection.request(keyed("/publish", "{}", "k")).status == 200);
        check_problem(connection.request(keyed("/publish", "{ }", "k")), 422, "another request");
        check_problem(connection.request(keyed("/publish?type=t", "{}", "k")), 422);
        check_problem(connection.request(keyed("/broadcast", "{}", "k")), 422);
        CHECK(connection.request(keyed("/publish", "{}", "K")).status == 200);
        CHECK(stat_of(server.port(), "events_published") == 2);
        // Other routes publish nothing.
        CHECK(connection.request(keyed("/sessions", "", "k")).status == 201);
        CHECK(connection.request(keyed("/sessions", "", "k")).status == 201);
    }

    TEST_CASE("key · requests that race publish once")
    {
        server_process server({"--threads", "2"});
        constexpr int keys = 50;
        std::atomic<int> answered_first = 0;
        const auto race = [&] {
            http_connection connection(server.port());
            for (int i = 0; i < keys; ++i) {
                const auto response = connection.request(keyed("/publish", "{}", fmt::format("{}", i)));
                const bool replayed = response.headers.has("Idempotency-Replayed");
                if (response.status == 200) {
                    answered_first += replayed ? 0 : 1;
                } else if (response.status != 409) {
                    fail("200 or 409", fmt::format("{}", response.status));
                }
            }
        };
        std::vector<std::future<void>> running;
        for (int i = 0; i < 4; ++i) {
            running.push_back(std::async(std::launch::async, race));
        }
        for (auto& each : running) {
            each.get();
        }
        CHECK(answered_first == keys);
        CHECK(stat_of(server.port(), "events_published") == keys);
    }

    TEST_CASE("key · is 1 to 255 visible ASCII characters, given once")
    {
        server_process server;
        http_connection connection(server.port());
        const auto with = [&](std::string key) { return connection.request(keyed("/publish", "{}", std::move(key))); };
        for (const auto* const key : {"", "a b", "\xc3\xa4"}) {
            CAPTURE(key);
            check_problem(with(key), 400, "'Idempotency-Key'");
        }
        check_problem(with(std::string(256, 'k')), 400, "'Idempotency-Key'");
        CHECK(with(std::string(255, 'k')).status == 200);
        CHECK(with("!~\"k\"").status == 200);
        auto twice = keyed("/publish", "{}", "k");
        twice.headers.add("Idempotency-Key", "l");
        check_problem(connection.request(twice), 400, "given once");
    }

    TEST_CASE("idempotency_window · 0 ignores keys")
    {
        server_process server({"--idempotency-window", "0"});
        for (int i = 0; i < 2; ++i) {
            const auto response = request(server.port(), keyed("/publish", "{}", "k"));
            CHECK(response.status == 200);
            CHECK_FALSE(response.headers.has("Idempotency-Replayed"));
        }
        CHECK(stat_of(server.port(), "events_published") == 2);
    }
}
