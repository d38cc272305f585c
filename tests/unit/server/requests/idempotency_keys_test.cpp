#include <requests/idempotency_keys.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace sluice::server {
namespace {

using namespace std::chrono_literals;
using first_use = idempotency_keys::first_use;

idempotency_keys::digest digest_of(std::string const& text) { return jwt::sha256_of({text}); }

/// Keys at a time that the test moves.
struct timed_keys {
    idempotency_keys keys;
    idempotency_keys::clock::time_point now{};

    auto begin(std::string const& key, std::string const& request)
    {
        return keys.begin(digest_of(key), digest_of(request), now);
    }
    /// A first request with its answer.
    void answer(std::string const& key, std::string const& request, reply const& with)
    {
        auto begun = begin(key, request);
        REQUIRE(std::holds_alternative<first_use>(begun));
        std::get<first_use>(begun).keep(with);
    }
    /// The status of the answer that is there already; 0 if there is none.
    unsigned status(std::string const& key, std::string const& request)
    {
        auto const begun = begin(key, request);
        auto const* const known = std::get_if<reply>(&begun);
        return known == nullptr ? 0 : known->status;
    }
};

TEST_SUITE_BEGIN("server/idempotency_keys");

TEST_CASE("begin · the same request gets the first answer, and another one none")
{
    timed_keys t{idempotency_keys{5min}};
    t.answer("k", "a", json_reply(R"({"id":"1-1"})"));
    auto const again = t.begin("k", "a");
    auto const* const known = std::get_if<reply>(&again);
    REQUIRE(known != nullptr);
    CHECK(known->status == 200);
    CHECK(known->body == R"({"id":"1-1"})");
    CHECK(known->fields.text() == "Idempotency-Replayed: true\r\n");
    CHECK(t.status("k", "b") == 422);
    CHECK(t.status("l", "a") == 0);
    CHECK(t.keys.replayed() == 1);
}

TEST_CASE("begin · while the first request is under way there is no second one")
{
    timed_keys t{idempotency_keys{5min}};
    {
        auto const first = t.begin("k", "a");
        REQUIRE(std::holds_alternative<first_use>(first));
        CHECK(t.status("k", "a") == 409);
        CHECK(t.status("k", "b") == 422);
        CHECK(t.keys.size() == 1);
    }
    // It ended without an answer, so it may come again.
    CHECK(t.keys.size() == 0);
    CHECK(t.status("k", "a") == 0);
}

TEST_CASE("keep · only a success is an answer for later")
{
    timed_keys t{idempotency_keys{5min}};
    t.answer("k", "a", problem_reply(bad_request("no")));
    CHECK(t.keys.size() == 0);
    t.answer("k", "b", json_reply("{}"));
    CHECK(t.status("k", "b") == 200);
}

TEST_CASE("window · counts from the first request")
{
    timed_keys t{idempotency_keys{5min}};
    t.answer("k", "a", json_reply("{}"));
    t.now += 5min - 1ms;
    CHECK(t.status("k", "a") == 200);
    t.now += 1ms;
    CHECK(t.status("k", "a") == 0);
}

TEST_CASE("bounds · the oldest keys are forgotten, by their number and by their answers' size")
{
    timed_keys t{idempotency_keys{5min, {.keys = 3, .bytes = 100}}};
    for (auto const* const key : {"1", "2", "3", "4"}) {
        t.answer(key, "a", json_reply("{}"));
    }
    CHECK(t.keys.size() == 3);
    CHECK(t.status("4", "a") == 200);
    t.answer("5", "a", json_reply(std::string(101, ' ')));
    CHECK(t.status("6", "a") == 0);
    CHECK(t.status("5", "a") == 0);
}

TEST_CASE("first use · one that outlasts its window does not touch a later one")
{
    timed_keys t{idempotency_keys{5min}};
    std::optional first{std::get<first_use>(t.begin("k", "a"))};
    t.now += 6min;
    t.answer("k", "a", json_reply("2"));
    first->keep(json_reply("1"));
    first.reset();
    auto const again = t.begin("k", "a");
    CHECK(std::get<reply>(again).body == "2");
}

TEST_SUITE_END();

} // namespace
} // namespace sluice::server
