#include "expectations.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <future>

using namespace sluice::test;

namespace {

/// Publishes without a pause, on a thread and a connection of its own, until it is stopped.
class running_publisher {
public:
    explicit running_publisher(const endpoint& to)
        : done_(std::async(std::launch::async, [this, to] { return run(to); }))
    {
    }
    ~running_publisher() { stopped_ = true; }
    running_publisher(const running_publisher&) = delete;
    running_publisher& operator=(const running_publisher&) = delete;

    std::vector<published> stop()
    {
        stopped_ = true;
        return done_.get();
    }

private:
    std::vector<published> run(const endpoint& to)
    {
        http_connection connection(to);
        std::vector<published> all;
        while (!stopped_) {
            const auto data = fmt::format("number {}", all.size());
            const auto answer = connection.post_json("/broadcast", {{"data", data}});
            if (answer.status != 200) {
                fail("200 from POST /broadcast", printable(answer.body));
            }
            all.push_back({.id = std::string(answer.json().at("id").as_string()), .type = "message", .data = data});
        }
        return all;
    }

    std::atomic<bool> stopped_ = false;
    std::future<std::vector<published>> done_;
};

/// Watches /stats until it goes; the highest number of connections that was ever seen.
class connection_watch {
public:
    explicit connection_watch(const endpoint& to)
        : highest_(std::async(std::launch::async, [this, to] {
              http_connection connection(to);
              std::int64_t highest = 0;
              while (!stopped_) {
                  const auto stats = connection.get("/stats").json();
                  highest = std::max(highest, stats.at("active_clients").to_number<std::int64_t>());
              }
              return highest;
          }))
    {
    }
    ~connection_watch() { stopped_ = true; }
    connection_watch(const connection_watch&) = delete;
    connection_watch& operator=(const connection_watch&) = delete;

    std::int64_t stop()
    {
        stopped_ = true;
        return highest_.get();
    }

private:
    std::atomic<bool> stopped_ = false;
    std::future<std::int64_t> highest_;
};

/// Takes events from a stream, leaving out the control events, until there are so many or one has this data.
void take(event_stream& stream, std::vector<received_event>& into, std::size_t count, std::string_view last = {})
{
    while (into.size() < count && (into.empty() || into.back().data != last)) {
        auto event = stream.next_event();
        if (event.has_id && event.type != "connected") {
            into.push_back(std::move(event));
        }
    }
}

/// What a client finds on its connection without waiting: the server has ended it.
bool has_ended(event_stream& stream)
{
    stream.try_read_available();
    return stream.end().has_value();
}

} // namespace

TEST_SUITE("reconnect")
{
    TEST_CASE("ten reconnects in two seconds under a running publisher lose nothing and never leave two "
              "connections")
    {
        on_one_and_several_threads({"--buffer-size", "100000", "--log-events", "100000"}, [](hub& h) {
            auto stream = std::make_unique<event_stream>(h.at());
            const auto id = stream->session_id();
            std::vector<received_event> received;
            connection_watch watch(h.at());
            running_publisher publisher(h.at());
            const auto start = std::chrono::steady_clock::now();
            for (int reconnect = 1; reconnect <= 10; ++reconnect) {
                CAPTURE(reconnect);
                take(*stream, received, received.size() + 40);
                // What it has read but not looked at is lost with it, as in a program that crashes.
                const stream_options claim{.session_header = id, .last_event_id = received.back().id};
                auto old = std::move(stream);
                if (reconnect % 3 == 0) {
                    old->reset();
                } else if (reconnect % 3 == 1) {
                    old->close();
                } // else the old one still stands
                stream = std::make_unique<event_stream>(h.at(), claim);
                CHECK(stream->session_id() == id);
                CHECK(stream->connected().at("resumed") == true);
                CHECK(stream->connected().at("reconnections") == reconnect);
                CHECK(stream->connected().at("dropped") == 0);
                if (reconnect % 3 == 2) {
                    old->wait_end();
                }
            }
            const auto took = std::chrono::steady_clock::now() - start;
            auto all = publisher.stop();
            all.push_back(h.publish("the last one"));
            take(*stream, received, all.size() + 1, "the last one");

            REQUIRE(received.size() == all.size());
            for (std::size_t i = 0; i < all.size(); ++i) {
                CAPTURE(i);
                REQUIRE(received[i].id == all[i].id);
                REQUIRE(received[i].data == all[i].data);
            }
            CHECK(watch.stop() == 1);
            CHECK(h.stat("active_clients") == 1);
            CHECK(h.stat("total_sessions") == 1);
            CHECK(h.stat("reconnections") == 10);
            if (slowness() == 1) {
                CHECK(took < std::chrono::seconds(2));
                CHECK(h.server().log_count("session thrashing") == 0); // ten are not more than the limit
            }
        });
    }

    TEST_CASE("takeover of a connection that is not yet known dead")
    {
        on_one_and_several_threads({}, [](hub& h) {
            event_stream old(h.at());
            expect_opening(old, {});
            const auto seen = h.publish_many("seen-", 3);
            expect_live(old, seen);

            event_stream taker(h.at(), resume_of(old));
            // The header of the new stream is there: so is the end of the old one.
            CHECK(has_ended(old));
            CHECK(taker.session_id() == old.session_id());
            expect_opening(taker, {.resumed = true, .reconnections = 1});
            CHECK(h.stat("active_clients") == 1);
            CHECK(h.stat("total_sessions") == 1);
            CHECK(h.stat("reconnections") == 1);
            expect_live(taker, h.publish_many("live-", 3));
            old.close(); // late, and without effect
            expect_nothing_else(h, taker);
            CHECK(h.session(taker.session_id()).value().at("active") == true);
        });
    }

    TEST_CASE("takeover · what the dead connection had been sent comes again after the last id")
    {
        on_one_and_several_threads({}, [](hub& h) {
            auto narrow = h.at();
            narrow.receive_buffer = 4096;
            event_stream old(narrow); // reads nothing more
            const auto id = old.session_id();
            const std::string text(16384, 'x');
            std::vector<published> all;
            for (int number = 0; number < 300; ++number) {
                all.push_back(h.publish(text + std::to_string(number)));
            }
            event_stream taker(h.at(), {.session_header = id, .last_event_id = all[1].id});
            expect_opening(taker, {.resumed = true, .reconnections = 1, .replay = 298});
            expect_replay(taker, part(all, 2));
            expect_nothing_else(h, taker);
            CHECK(h.stat("active_clients") == 1);
            old.wait_end(); // the kernel's buffers first, then the end
        });
    }

    TEST_CASE("takeover · without a last id goes on from what was written, never twice")
    {
        on_one_and_several_threads({}, [](hub& h) {
            event_stream old(h.at());
            expect_opening(old, {});
            const auto seen = h.publish_many("seen-", 3);
            expect_live(old, seen);
            event_stream taker(h.at(), {.session = old.session_id()});
            CHECK(expect_opening(taker, {.resumed = true, .reconnections = 1}) == seen.back().id);
            expect_nothing_else(h, taker);
            CHECK(has_ended(old));
        });
    }

    TEST_CASE("takeover · of many, one is left")
    {
        on_one_and_several_threads({}, [](hub& h) {
            std::vector<std::unique_ptr<event_stream>> streams;
            streams.reserve(17);
            streams.push_back(std::make_unique<event_stream>(h.at()));
            const auto id = streams.front()->session_id();
            // All at once, from several threads: whoever comes last has the session.
            std::vector<std::future<std::unique_ptr<event_stream>>> comers;
            comers.reserve(16);
            for (int number = 0; number < 16; ++number) {
                comers.push_back(std::async(std::launch::async, [&] {
                    return std::make_unique<event_stream>(h.at(), stream_options{.session_header = id});
                }));
            }
            for (auto& comer : comers) {
                streams.push_back(comer.get());
            }
            CHECK(h.stat("active_clients") == 1);
            CHECK(h.stat("total_sessions") == 1);
            CHECK(h.stat("reconnections") == 16);
            const auto last = h.publish("for the one that is left");
            int got = 0;
            for (auto& stream : streams) {
                auto event = stream->next_or_end();
                while (event && event->data != last.data) {
                    event = stream->next_or_end();
                }
                got += event ? 1 : 0;
            }
            CHECK(got == 1);
        });
    }
}
