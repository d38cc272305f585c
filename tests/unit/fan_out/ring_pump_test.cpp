#include <sluice/fan_out/ring_pump.hpp>

#include <doctest/doctest.h>
#include <fixtures.hpp>

#include <cstdint>
#include <stdexcept>
#include <vector>

using namespace sluice;

namespace {

class pumped_ring {
public:
    void publish(int events)
    {
        for (int i = 0; i != events; ++i) {
            boost::intrusive_ptr<frame> const f = test::unstamped();
            CHECK(ring.try_push({&f, 1}));
        }
    }

    /// Takes a slice of events that weigh `weight` each; returns their sequences.
    std::vector<std::uint64_t> take(std::size_t most_events, std::size_t most_weight = 1000, std::size_t weight = 1)
    {
        std::vector<std::uint64_t> taken;
        pump.take_slice(most_events, most_weight, [&](shared_frame const& f) {
            taken.push_back(f->sequence());
            return weight;
        });
        return taken;
    }

    event_ring ring{8, 1, test::epoch};
    ring_pump pump{ring, 0};
};

using sequences = std::vector<std::uint64_t>;

} // namespace

TEST_SUITE_BEGIN("fan_out/ring_pump");

TEST_CASE("take_slice · takes what is there, up to the bounds")
{
    pumped_ring t;
    t.publish(5);
    CHECK(t.take(2) == sequences{1, 2});
    CHECK(t.take(10, 1) == sequences{3, 4}); // the first above the weight is the last
    CHECK(t.pump.ready());
    CHECK(t.take(10) == sequences{5});
    CHECK_FALSE(t.pump.ready());
    CHECK(t.take(10).empty());
}

TEST_CASE("rounds · each slice lets publishers look for room again")
{
    pumped_ring t;
    t.publish(8);
    CHECK_FALSE(t.pump.leaves_room(1));
    auto const before = t.pump.rounds();
    (void)t.take(1);
    CHECK(t.pump.rounds() == before + 1);
    CHECK(t.pump.leaves_room(1));
    t.pump.wait_for_round_after(before); // does not block
}

TEST_CASE("ask · one asks for all until the shard answers")
{
    pumped_ring t;
    CHECK(t.pump.ask());
    CHECK_FALSE(t.pump.ask());
    t.pump.answer();
    CHECK(t.pump.ask());
    t.pump.take_back();
    CHECK(t.pump.ask());
}

TEST_CASE("round · stands while it lives, with one time for all")
{
    pumped_ring t;
    int thrown = 0;
    auto const on_throw = [&] { ++thrown; };
    {
        ring_pump::round const open{t.pump, on_throw};
        CHECK(t.pump.running());
        CHECK(t.pump.now() == t.pump.now());
    }
    CHECK_FALSE(t.pump.running());
    CHECK(thrown == 0);
    try {
        ring_pump::round const open{t.pump, on_throw};
        throw std::runtime_error{"of a stream's owner"};
    } catch (std::runtime_error const&) {
        CHECK_FALSE(t.pump.running());
    }
    CHECK(thrown == 1);
}

TEST_SUITE_END();
