#include <sluice/presence/presence_ledger.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using strings = std::vector<std::string>;
using time_point = presence_ledger::time_point;

constexpr time_point start{1h};

/// A ledger whose clock the test moves.
struct timed_ledger {
    presence_ledger ledger{};
    time_point now = start;

    void note(std::string const& subject, bool active, std::string const& topic = "t", std::string payload = {})
    {
        ledger.note({.topic = topic, .subject = subject, .payload = std::move(payload), .active = active}, now);
    }
    /// `+` and the subject that has come, or `-` and that which has left.
    strings take()
    {
        strings all;
        for (auto const& c : std::exchange(ledger.due(), {})) {
            all.push_back((c.active ? '+' : '-') + c.subject + c.payload);
        }
        return all;
    }
    strings after(std::chrono::milliseconds time)
    {
        now += time;
        ledger.look(now);
        return take();
    }
};

TEST_SUITE_BEGIN("presence/presence_ledger");

TEST_CASE("note · the first stream on any shard and the end of the last on all")
{
    timed_ledger t;
    t.note("ann", true);
    t.note("ann", true); // on another shard
    t.note("ben", true);
    CHECK(t.take() == strings{"+ann", "+ben"});
    t.note("ann", false);
    CHECK(t.take().empty());
    t.note("ann", false);
    CHECK(t.take() == strings{"-ann"});
    t.note("ann", true, "another topic");
    CHECK(t.take() == strings{"+ann"});
}

TEST_CASE("note · the payload is that of the newest who came, also when the last one leaves")
{
    timed_ledger t;
    t.note("ann", true, "t", " 1");
    t.note("ann", true, "t", " 2");
    CHECK(t.take() == strings{"+ann 1"});
    t.note("ann", false);
    t.note("ann", false);
    CHECK(t.take() == strings{"-ann 2"});
}

TEST_CASE("limit · each way once in a second; what it holds back comes when the second is over")
{
    timed_ledger t;
    t.note("ann", true);
    t.now += 100ms;
    t.note("ann", false);
    t.now += 100ms;
    t.note("ann", true);
    CHECK(t.take() == strings{"+ann", "-ann"});
    CHECK(t.ledger.next() == start + presence_ledger::interval);
    CHECK(t.after(700ms).empty());
    CHECK(t.after(110ms) == strings{"+ann"});
    // The second for leaving is long over, that for coming has begun again.
    t.now += 500ms;
    t.note("ann", false);
    CHECK(t.take() == strings{"-ann"});
    t.note("ann", true);
    CHECK(t.after(510ms) == strings{"+ann"});
}

TEST_CASE("limit · what is the same as was published last is not published")
{
    timed_ledger t;
    t.note("ann", true);
    t.note("ann", false);
    t.note("ann", true);
    t.note("ann", false);
    CHECK(t.take() == strings{"+ann", "-ann"});
    CHECK(t.after(1h).empty());
    t.note("ann", true);
    CHECK(t.take() == strings{"+ann"});
}

TEST_CASE("note · who has left is forgotten when both seconds are over; who is there stays")
{
    timed_ledger t;
    t.note("ann", true);
    t.note("ben", true);
    t.note("ann", false);
    CHECK(t.after(1s).size() == 3);
    CHECK(t.ledger.size() == 2);
    CHECK(t.after(10ms).empty());
    CHECK(t.ledger.size() == 1);
    CHECK(t.ledger.next() == time_point::max());
    t.note("nobody", false);
    CHECK(t.take().empty());
    CHECK(t.ledger.size() == 1);
}

/// What is to come of one subject's comings and goings, counted by looking at every moment.
struct expected_events {
    int shards = 0;
    bool published = false;
    std::array<time_point, 2> free_from{};

    std::optional<bool> at(time_point now)
    {
        bool const active = shards != 0;
        if (active == published || free_from[active ? 1 : 0] > now) {
            return std::nullopt;
        }
        published = active;
        free_from[active ? 1 : 0] = now + presence_ledger::interval;
        return active;
    }
};

/// Subjects that come and go at random.
class visits {
public:
    explicit visits(unsigned seed) : random_{seed}, rarity_{2 + draw(400)} {}

    void pass_millisecond()
    {
        t_.now += 1ms;
        auto const expected = due();
        if (t_.ledger.next() <= t_.now) {
            t_.ledger.look(t_.now);
        }
        auto got = t_.take();
        std::ranges::sort(got, {}, [](std::string const& s) { return s.substr(1); });
        CHECK(got == expected);
        if (draw(rarity_) == 0) {
            come_or_go();
        }
    }
    void end()
    {
        for (auto const& [subject, e] : all_) {
            for (int i = 0; i != e.shards; ++i) {
                t_.note(subject, false);
            }
        }
        (void)t_.after(2s);
        (void)t_.after(2s);
        CHECK(t_.ledger.size() == 0);
    }

private:
    [[nodiscard]] std::size_t draw(std::size_t below) { return static_cast<std::size_t>(random_() % below); }
    /// What the look at every subject gives now.
    [[nodiscard]] strings due()
    {
        strings expected;
        for (auto& [subject, e] : all_) {
            if (auto const what = e.at(t_.now)) {
                expected.push_back((*what ? '+' : '-') + subject);
            }
        }
        return expected;
    }
    void come_or_go()
    {
        std::string const subject{"abc"[draw(3)]};
        auto& e = all_[subject];
        bool const active = e.shards == 0 || (e.shards < 3 && draw(2) == 0);
        e.shards += active ? 1 : -1;
        t_.note(subject, active);
        CHECK(t_.take() == due());
    }

    std::mt19937 random_;
    /// From busy to quiet.
    std::size_t rarity_;
    timed_ledger t_;
    std::map<std::string, expected_events> all_{{"a", {}}, {"b", {}}, {"c", {}}};
};

TEST_CASE("note · random comings and goings against a look at every subject in every millisecond")
{
    for (unsigned seed = 1; seed != 31; ++seed) {
        CAPTURE(seed);
        visits some{seed};
        for (int ms = 0; ms != 8000; ++ms) {
            some.pass_millisecond();
        }
        some.end();
    }
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
