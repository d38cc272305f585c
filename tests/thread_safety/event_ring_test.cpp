#include <sluice/fan_out/event_ring.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace sluice {
namespace {

constexpr std::size_t per_producer = 3000;

/// What a reader makes of the frames, in the order in which it got them.
struct reader_log {
    std::vector<std::uint64_t> sequences;
    /// The producer and its own count, of each frame.
    std::vector<std::pair<std::size_t, std::size_t>> origins;
};

boost::intrusive_ptr<frame> make_frame(std::size_t producer, std::size_t number)
{
    return frame::make({.id = "", .type = std::to_string(producer), .data = std::to_string(number)}, {}, {});
}

/// Pushes frames in batches of 1 to 3 until all are in the ring.
void produce(event_ring& ring, std::size_t producer)
{
    std::size_t next = 0;
    while (next != per_producer) {
        std::vector<boost::intrusive_ptr<frame>> batch;
        auto const size = std::min(1 + next % 3, per_producer - next);
        while (batch.size() != size) {
            batch.push_back(make_frame(producer, next++));
        }
        while (!ring.try_push(batch)) {
            std::this_thread::yield();
        }
        // The places of a batch are dense, and the publisher may read them at once.
        for (std::size_t i = 1; i < batch.size(); ++i) {
            if (batch[i]->sequence() != batch[0]->sequence() + i) {
                std::abort();
            }
        }
    }
}

void consume(event_ring& ring, std::size_t reader, std::size_t total, bool slow, reader_log& log)
{
    while (log.sequences.size() != total) {
        auto const got = ring.poll(reader, slow ? 1 : 64, [&](shared_frame const& f) {
            auto const e = f->to_event(false);
            log.sequences.push_back(f->sequence());
            log.origins.emplace_back(std::stoul(e.type), std::stoul(e.data));
        });
        if (slow || got == 0) {
            std::this_thread::yield();
        }
    }
}

void check_order(std::vector<reader_log> const& logs, std::size_t producers)
{
    auto const& first = logs.front();
    std::vector<std::size_t> next(producers, 0);
    for (std::size_t i = 0; i != first.sequences.size(); ++i) {
        REQUIRE(first.sequences[i] == i + 1);
        auto const [producer, number] = first.origins[i];
        REQUIRE(number == next[producer]++);
    }
    for (auto const& log : logs) {
        CHECK(log.sequences == first.sequences);
        CHECK(log.origins == first.origins);
    }
}

TEST_SUITE_BEGIN("event_ring");

TEST_CASE("producers and readers · all readers see one dense order that keeps each producer's own")
{
    for (std::size_t const producers : {1U, 2U, 4U}) {
        for (std::size_t const readers : {1U, 2U, 4U}) {
            for (std::size_t const capacity : {4U, 64U}) {
                CAPTURE(producers);
                CAPTURE(readers);
                CAPTURE(capacity);
                event_ring ring{capacity, readers, 1};
                std::vector<reader_log> logs(readers);
                auto const total = producers * per_producer; // many hundred laps of the small ring
                {
                    std::vector<std::jthread> threads;
                    for (std::size_t p = 0; p != producers; ++p) {
                        threads.emplace_back([&ring, p] { produce(ring, p); });
                    }
                    for (std::size_t r = 0; r != readers; ++r) {
                        bool const slow = readers > 1 && r == 0;
                        threads.emplace_back([&, r, slow] { consume(ring, r, total, slow, logs[r]); });
                    }
                }
                check_order(logs, producers);
                CHECK(ring.claimed() == total);
                CHECK(ring.occupancy() == 0);
            }
        }
    }
}

TEST_CASE("a batch · is never torn apart by another producer's")
{
    event_ring ring{16, 1, 1};
    std::vector<std::size_t> origins;
    {
        std::vector<std::jthread> threads;
        for (std::size_t p = 0; p != 4; ++p) {
            threads.emplace_back([&ring, p] {
                for (std::size_t i = 0; i != 2000; ++i) {
                    std::vector<boost::intrusive_ptr<frame>> batch;
                    for (std::size_t k = 0; k != 5; ++k) {
                        batch.push_back(make_frame(p, i));
                    }
                    while (!ring.try_push(batch)) {
                        std::this_thread::yield();
                    }
                }
            });
        }
        while (origins.size() != std::size_t{4} * 2000 * 5) {
            auto const got =
                ring.poll(0, 7, [&](shared_frame const& f) { origins.push_back(std::stoul(f->to_event(false).type)); });
            if (got == 0) {
                std::this_thread::yield();
            }
        }
    }
    for (std::size_t i = 0; i != origins.size(); ++i) {
        REQUIRE(origins[i] == origins[i - i % 5]);
    }
}

TEST_CASE("ownership · a frame lives until the last reader lets it go, and not longer")
{
    // Every frame is kept by one reader and dropped by the others; the sanitizers see a leak or an early end.
    constexpr std::size_t readers = 3;
    constexpr std::size_t total = 5000;
    std::vector<shared_frame> kept;
    {
        event_ring ring{8, readers, 1};
        std::vector<std::jthread> threads;
        for (std::size_t r = 0; r != readers; ++r) {
            threads.emplace_back([&ring, &kept, r] {
                for (std::size_t seen = 0; seen != total;) {
                    auto const got = ring.poll(r, 5, [&](shared_frame f) {
                        if (r == 0) {
                            kept.push_back(std::move(f));
                        }
                    });
                    seen += got;
                    if (got == 0) {
                        std::this_thread::yield();
                    }
                }
            });
        }
        for (std::size_t i = 0; i != total; ++i) {
            auto const f = make_frame(0, i);
            while (!ring.try_push({&f, 1})) {
                std::this_thread::yield();
            }
        }
    }
    REQUIRE(kept.size() == total);
    for (std::size_t i = 0; i != total; ++i) {
        CHECK(kept[i]->to_event(false).data == std::to_string(i));
    }
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
