#include "expectations.hpp"

#include <doctest/doctest.h>

#include <charconv>
#include <chrono>
#include <memory>
#include <utility>

using namespace sluice::test;

namespace {

using std::chrono::steady_clock;

/// Claims the stream's session so many times, each on a connection that is dropped at once, or until a claim
/// is refused. Returns how many passed.
int reconnect_often(hub& h, const event_stream& stream, int times, http_response* refusal = nullptr)
{
    for (int done = 0; done < times; ++done) {
        http_connection connection(h.at());
        connection.send(resume_of(stream).to_request());
        auto head = connection.read_head();
        if (head.status != 200) {
            REQUIRE(refusal != nullptr);
            while (!connection.body().complete() && connection.read_body(head.body, {}) == receive_result::data) {
            }
            *refusal = std::move(head);
            return done;
        }
    }
    return times;
}

/// How often the log has said that the session thrashes, once all that was logged by now has been read.
std::size_t thrashing_logged(hub& h, const event_stream& stream, std::size_t foreign_claims_so_far = 0)
{
    event_stream::refused(h.at(), {.session_header = stream.session_id(), .user_agent = "stranger"});
    h.server().wait_for_log("session claim rejected", {}, foreign_claims_so_far + 1);
    return h.server().log_count("session thrashing");
}

} // namespace

TEST_SUITE("thrash")
{
    TEST_CASE("thrashing is logged once per burst, and refused above 100 in two seconds")
    {
        on_one_and_several_threads({}, [](hub& h) {
            event_stream stream(h.at());
            CHECK(stream.connected().at("resumed") == false);
            const auto start = steady_clock::now();
            http_response refusal;
            const auto passed = reconnect_often(h, stream, 1000, &refusal);
            const auto took = steady_clock::now() - start;
            CHECK(passed >= 100);
            if (took < std::chrono::seconds(2)) {
                CHECK(passed == 100);
            }
            expect_problem(refusal, 429);
            int seconds = 0;
            const auto after = refusal.headers.get("Retry-After");
            std::from_chars(after.data(), after.data() + after.size(), seconds);
            CHECK_MESSAGE((seconds >= 1 && seconds <= 10), "Retry-After: ", after);
            CHECK(thrashing_logged(h, stream) == 1);
            CHECK(h.stat("reconnections") == passed);

            // Others are served meanwhile, and it too once the two seconds have slid on.
            event_stream other(h.at());
            expect_opening(other, {});
            eventually("the claim passes again", [&] {
                http_connection probe(h.at());
                probe.send(resume_of(stream).to_request());
                return probe.read_head().status == 200;
            });
        });
    }

    TEST_CASE("thrashing · a refused claim leaves the standing connection alone")
    {
        hub h("1");
        event_stream stream(h.at());
        std::vector<std::unique_ptr<event_stream>> taken;
        taken.reserve(100);
        for (int number = 0; number < 100; ++number) {
            taken.push_back(std::make_unique<event_stream>(h.at(), resume_of(stream)));
        }
        http_connection probe(h.at());
        probe.send(resume_of(stream).to_request());
        if (probe.read_head().status == 429) { // it may pass where a hundred take longer than two seconds
            taken.back()->connected();
            taken.back()->next_of_type("connected");
            expect_nothing_else(h, *taken.back());
        } else {
            CHECK(slowness() > 1);
        }
    }

    TEST_CASE("thrashing · the limit can be set, and at it nothing is logged")
    {
        on_one_and_several_threads({"--thrash-limit", "3"}, [](hub& h) {
            event_stream stream(h.at());
            reconnect_often(h, stream, 3);
            CHECK(thrashing_logged(h, stream) == 0);
            reconnect_often(h, stream, 5);
            CHECK(thrashing_logged(h, stream, 1) == 1);
        });
    }
}
