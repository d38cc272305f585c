#include "expectations.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace sluice::test;

namespace {

std::vector<std::string> types_of(hub& h, const std::string& id)
{
    std::vector<std::string> types;
    const auto listed = h.session(id).value();
    for (const auto& type : listed.at("types").as_array()) {
        types.emplace_back(type.as_string());
    }
    std::sort(types.begin(), types.end());
    return types;
}

} // namespace

TEST_SUITE("filter")
{
    TEST_CASE("filter and metadata survive a resume")
    {
        on_one_and_several_threads({"--ownership", "none"}, [](hub& h) {
            event_stream stream(h.at(),
                                {.types = {"a", "b"}, .query = "client_version=1.2.3", .user_agent = "first/1.0"});
            expect_opening(stream, {});
            const auto created = h.session(stream.session_id()).value().at("created");
            h.publish("not wanted", "c");
            expect_live(stream, {h.publish("1", "a")});
            h.drop(stream);
            h.publish("not wanted");
            const auto second = h.publish("2", "b");
            h.publish("not wanted", "c");
            const auto third = h.send({stream.session_id()}, "3", "a");
            h.send({stream.session_id()}, "not wanted either", "c");
            CHECK(h.session(stream.session_id()).value().at("buffered") == 2);

            auto claim = resume_of(stream);
            claim.user_agent.reset();
            event_stream again(h.at(), claim);
            expect_opening(again, {.resumed = true, .reconnections = 1, .replay = 2});
            expect_replay(again, {second, third});
            h.publish("not wanted", "c");
            expect_live(again, {h.publish("4", "a"), h.publish("5", "b")});
            const auto kept = h.session(stream.session_id()).value();
            CHECK(types_of(h, stream.session_id()) == std::vector<std::string>{"a", "b"});
            CHECK(kept.at("userAgent") == "first/1.0");
            CHECK(kept.at("created") == created);
            CHECK(kept.at("address") == "127.0.0.1");
        });
    }

    TEST_CASE("filter and metadata · what a resume names takes the old one's place, also for the replay")
    {
        on_one_and_several_threads({"--ownership", "none"}, [](hub& h) {
            event_stream stream(h.at(), {.types = {"a"}, .user_agent = "first/1.0"});
            expect_opening(stream, {});
            const auto seen = h.publish("1", "a");
            expect_live(stream, {seen});
            h.drop(stream);
            h.publish("2", "a");
            const auto second = h.publish("3", "b");
            const auto third = h.send({stream.session_id()}, "4", "b");
            h.send({stream.session_id()}, "5", "a");
            const auto fourth = h.publish("6"); // without a type: "message"

            auto claim = resume_of(stream);
            claim.types = {"b", "message"};
            claim.user_agent = "second/2.0";
            event_stream again(h.at(), claim);
            expect_opening(again, {.resumed = true, .reconnections = 1, .replay = 3});
            expect_replay(again, {second, third, fourth});
            h.publish("7", "a");
            expect_live(again, {h.publish("8", "b")});
            CHECK(types_of(h, stream.session_id()) == std::vector<std::string>{"b", "message"});
            CHECK(h.session(stream.session_id()).value().at("userAgent") == "second/2.0");
        });
    }

    TEST_CASE("filter · a client whose filter matches nothing keeps a place that does not age out of the log")
    {
        on_one_and_several_threads(
            {"--buffer-size", "20", "--log-events", "20", "--heartbeat-interval", "100ms"}, [](hub& h) {
                event_stream stream(h.at(), {.types = {"rare"}});
                expect_opening(stream, {.buffer_size = 20});
                const auto last = h.publish_many("not wanted ", 100).back();
                auto beat = stream.expect("heartbeat");
                while (beat.id != last.id) {
                    CHECK(beat.has_id);
                    beat = stream.expect("heartbeat");
                }
                CHECK(parse_json(beat.data).at("timestamp").as_int64() > 1'700'000'000);
                h.drop(stream);
                const auto rare = h.publish("missed", "rare");
                event_stream again(h.at(), resume_of(stream));
                expect_opening(again, {.resumed = true, .reconnections = 1, .replay = 1, .buffer_size = 20});
                expect_replay(again, {rare});
            });
    }
}
