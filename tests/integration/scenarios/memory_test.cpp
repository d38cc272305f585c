#include <memory>

#include "expectations.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <future>

using namespace sluice::test;

namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20U;
constexpr std::size_t log_bytes = 2 * mebibyte;
constexpr std::size_t event_bytes = 16384;
constexpr std::size_t events = 3072; // 48 MiB
constexpr std::size_t clients = 400;
constexpr std::size_t rare = 32; // every so many events are of the type that most of those who stay ask for
constexpr std::size_t readers_of_all = 8;

/// Reads streams on a thread of its own, and forgets what it read, so that they keep up.
class reader {
public:
    explicit reader(std::vector<std::unique_ptr<event_stream>>& streams)
        : bytes_(std::async(std::launch::async, [this, &streams] { return run(streams); }))
    {
    }
    ~reader() { stopped_ = true; }
    reader(const reader&) = delete;
    reader& operator=(const reader&) = delete;

    std::size_t stop()
    {
        stopped_ = true;
        return bytes_.get();
    }

private:
    std::size_t run(std::vector<std::unique_ptr<event_stream>>& streams)
    {
        std::size_t bytes = 0;
        std::string text;
        while (!stopped_) {
            for (auto& stream : streams) {
                auto& socket = stream->connection().socket();
                while (socket.receive(text, deadline::unscaled({})) == receive_result::data) {
                    bytes += text.size();
                    text.clear();
                }
            }
        }
        return bytes;
    }

    std::atomic<bool> stopped_ = false;
    std::future<std::size_t> bytes_;
};

/// Publishes `count` events, each `rare`th of them of the rare type, and waits until those who stay were sent
/// all of it: who lags by more than the log is cut, and that is another test's matter.
void publish_round(hub& h, std::size_t count)
{
    const std::string text(event_bytes, 'm');
    const auto before = h.stat("events_delivered");
    for (std::size_t number = 0; number < count; ++number) {
        h.publish(text, number % rare == 0 ? "rare" : "message");
    }
    const auto due = count * readers_of_all + count / rare * (clients / 2 - readers_of_all);
    eventually("those who stay have been sent everything",
               [&] { return h.stat("events_delivered") == before + static_cast<std::int64_t>(due); });
}

} // namespace

TEST_SUITE("memory")
{
    TEST_CASE("memory stays bounded while half of the clients are away")
    {
        const std::vector<std::string> arguments{"--log-bytes", std::to_string(log_bytes), "--buffer-ttl", "10m"};
        on_one_and_several_threads(arguments, [](hub& h) {
            // Of those who stay, eight read everything; the others a 32nd of it, so that the load is not the
            // test.
            std::vector<std::unique_ptr<event_stream>> here;
            std::vector<std::unique_ptr<event_stream>> away;
            for (std::size_t i = 0; i < clients / 2; ++i) {
                stream_options filter;
                if (i >= readers_of_all) {
                    filter.types = {"rare"};
                }
                here.push_back(std::make_unique<event_stream>(h.at(), filter));
                stream_options wanted;
                if (i % 4 == 3) {
                    wanted.types = {"rare"};
                }
                away.push_back(std::make_unique<event_stream>(h.at(), wanted));
            }
            reader keeps_up(here);
            for (auto& stream : away) {
                stream->reset();
            }
            eventually("half are away", [&] { return h.stat("active_clients") == clients / 2; });
            CHECK(h.stat("buffered_sessions") == clients / 2);

            // Fills the log, so that what it holds is in the figure before; connection buffers have been made
            // then.
            constexpr auto round = 2 * rare;
            std::size_t published = 0;
            for (; published < 2 * log_bytes / event_bytes; published += round) {
                publish_round(h, round);
            }
            const auto before = h.server().resident_bytes();
            auto highest = before;
            for (; published < events; published += round) {
                publish_round(h, round);
                highest = std::max(highest, h.server().resident_bytes());
            }
            if (slowness() == 1) { // sanitizers keep freed memory
                // The log once more, for what is under way, and the gathered writes of those who read.
                INFO("before: ", before, ", highest: ", highest);
                CHECK(highest <= before + 2 * log_bytes + 4 * mebibyte);
            }
            CHECK(h.stat("events_published") == events);
            CHECK(keeps_up.stop() > (readers_of_all - 1) * events * event_bytes);
            CHECK(h.stat("slow_consumers_dropped") == 0);

            // Those who come back are given what the log has, and are told of the rest.
            for (std::size_t i = 0; i < away.size(); i += 23) {
                const bool filtered = i % 4 == 3;
                const auto total = static_cast<std::int64_t>(filtered ? events / rare : events);
                event_stream again(h.at(), {.session_header = away[i]->session_id()});
                const auto connected = again.connected();
                const auto replay = connected.at("replay").to_number<std::int64_t>();
                INFO("connected: ", connected, ", of ", total);
                CHECK(connected.at("resumed") == true);
                CHECK(connected.at("dropped") == total - replay);
                CHECK(replay > 0);
                CHECK(static_cast<std::size_t>(replay) * event_bytes <= log_bytes);
                again.expect("connected");
                expect_overflow(again, total - replay, replay);
                again.expect("replay-start");
                for (std::int64_t number = 0; number < replay; ++number) {
                    CHECK(again.next_event().data.size() == event_bytes);
                }
                again.expect("replay-end");
                h.drop(again);
            }
        });
    }
}
