#include <sluice/fan_out/window.hpp>

#include <doctest/doctest.h>
#include <fixtures.hpp>

#include <array>
#include <string>
#include <vector>

#include <malloc.h>

namespace sluice {
namespace {

using test::stamped;

constexpr session_id somebody{.high = 1, .low = 1};

log_config bounded(std::size_t events, std::size_t bytes = std::size_t{1} << 30U)
{
    log_config c;
    c.max_events = events;
    c.max_bytes = bytes;
    return c;
}

/// A log whose events are broadcasts, `b`, or targeted, `t`, from sequence 1 on.
void fill(window& log, std::string_view kinds)
{
    for (char const kind : kinds) {
        auto const sequence = log.head().sequence + 1;
        log.append(kind == 'b' ? stamped(sequence)
                               : stamped(sequence, {.type = "t", .data = "", .own_id = "", .targets = {somebody}}));
    }
}

TEST_SUITE_BEGIN("fan_out/window");

TEST_CASE("an empty log · has its head before the first event and covers it")
{
    window const log{bounded(10), test::epoch};
    CHECK(log.head() == position{0, 0});
    CHECK(log.front() == 0);
    CHECK(log.size() == 0);
    CHECK(log.epoch() == test::epoch);
    CHECK(log.covers(0));
    CHECK(log.lost_after(0) == 0);
    CHECK(log.find("1700000000000-0") == 0);
    CHECK_FALSE(log.find("1700000000000-1"));
}

TEST_CASE("append · keeps broadcasts by dense ordinals and of targeted events only the place")
{
    window log{bounded(10), test::epoch};
    fill(log, "btbtb");
    CHECK(log.head() == position{5, 3});
    CHECK(log.size() == 3);
    CHECK(log.at(0).sequence() == 1);
    CHECK(log.at(1).sequence() == 3);
    CHECK(log.at(2).sequence() == 5);
}

TEST_CASE("bound by events · the oldest go first")
{
    window log{bounded(3), test::epoch};
    fill(log, "bbbbb");
    CHECK(log.size() == 3);
    CHECK(log.front() == 2);
    CHECK(log.at(2).sequence() == 3);
    CHECK(log.head() == position{5, 5});
    CHECK(log.audience().size() == 1);
}

TEST_CASE("bound by events · targeted events take no place from broadcasts")
{
    window log{bounded(3), test::epoch};
    fill(log, "bbbttttt");
    CHECK(log.front() == 0);
    CHECK(log.lost_after(0) == 0);
}

TEST_CASE("bound by events · no limit is below one")
{
    window log{bounded(0), test::epoch};
    fill(log, "bb");
    CHECK(log.size() == 1);
    CHECK(log.at(1).sequence() == 2);
}

TEST_CASE("bound by bytes · the oldest go first, the newest stays even when it alone is too large")
{
    auto const event = [](std::uint64_t i) { return stamped(i, {.type = "", .data = std::string(100, 'x')}); };
    window three_events{bounded(100), test::epoch};
    for (std::uint64_t i = 1; i != 4; ++i) {
        three_events.append(event(i));
    }
    auto const three = three_events.bytes();
    CHECK(three > 3 * event(1)->footprint());
    window log{bounded(100, three), test::epoch};
    for (std::uint64_t i = 1; i != 6; ++i) {
        log.append(event(i));
        CHECK(log.bytes() <= three);
    }
    CHECK(log.size() == 3);
    CHECK(log.bytes() == three);
    log.append(stamped(6, {.type = "", .data = std::string(1000, 'x')}));
    CHECK(log.size() == 1);
    CHECK(log.at(5).sequence() == 6);
    log.append(stamped(7));
    CHECK(log.size() == 1);
    CHECK(log.at(6).sequence() == 7);
}

TEST_CASE("lost_after · counts broadcasts that left the log, where that can be known")
{
    window log{bounded(2), test::epoch};
    SUBCASE("only broadcasts")
    {
        fill(log, "bbbbbb"); // 5 and 6 are held
        CHECK(log.lost_after(6) == 0);
        CHECK(log.lost_after(4) == 0);
        CHECK(log.lost_after(3) == 1);
        CHECK(log.lost_after(0) == 4);
    }
    SUBCASE("a targeted event within what was lost hides the count before it")
    {
        fill(log, "bbtbbbb"); // 6 and 7 are held; 1, 2, 4, 5 are lost and 3 was targeted
        CHECK(log.lost_after(5) == 0);
        CHECK(log.lost_after(4) == 1);
        CHECK(log.lost_after(3) == 2);
        CHECK_FALSE(log.lost_after(2));
        CHECK_FALSE(log.lost_after(0));
    }
}

TEST_CASE("position_after · finds the next broadcast that is held")
{
    window log{bounded(3), test::epoch};
    fill(log, "bbtbtb"); // held: 2, 4, 6 with the ordinals 1, 2, 3
    CHECK(log.position_after(0) == position{0, 1});
    CHECK(log.position_after(1) == position{1, 1});
    CHECK(log.position_after(2) == position{2, 2});
    CHECK(log.position_after(3) == position{3, 2});
    CHECK(log.position_after(4) == position{4, 3});
    CHECK(log.position_after(5) == position{5, 3});
    CHECK(log.position_after(6) == position{6, 4});
}

TEST_CASE("find · places the log's own ids and no others")
{
    window log{bounded(2), test::epoch};
    fill(log, "bbtbb");
    struct row {
        std::string_view id;
        std::optional<std::uint64_t> sequence;
    };
    std::array const rows{row{"1700000000000-5", 5},
                          row{"1700000000000-3", 3},
                          row{"1700000000000-1", 1}, // gone from the log, but its place is known
                          row{"1700000000000-0", 0},
                          row{"1700000000000-6", std::nullopt},
                          row{"1700000000001-3", std::nullopt},
                          row{"1699999999999-3", std::nullopt},
                          row{"99999999999999999999999-3", std::nullopt},
                          row{"5", std::nullopt},
                          row{"", std::nullopt},
                          row{"no such", std::nullopt}};
    for (auto const& r : rows) {
        CAPTURE(r.id);
        CHECK(log.find(r.id) == r.sequence);
    }
}

TEST_CASE("find · a publisher's own id names the earliest that is still in the log")
{
    window log{bounded(3), test::epoch};
    log.append(stamped(1, {.type = "", .data = "", .own_id = "a"}));
    log.append(stamped(2, {.type = "", .data = "", .own_id = "b"}));
    log.append(stamped(3, {.type = "", .data = "", .own_id = "a"}));
    CHECK(log.find("a") == 1);
    CHECK(log.find("b") == 2);
    CHECK_FALSE(log.find("A"));
    log.append(stamped(4));
    CHECK(log.find("a") == 3);
    log.append(stamped(5));
    CHECK_FALSE(log.find("b"));
    log.append(stamped(6));
    CHECK_FALSE(log.find("a"));
}

TEST_CASE("find_latest · an own id given twice names the latest up to the sequence that is accepted")
{
    window log{bounded(10), test::epoch};
    log.append(stamped(1, {.type = "", .data = "", .own_id = "a"}));
    log.append(stamped(2, {.type = "", .data = "", .own_id = "b"}));
    log.append(stamped(3, {.type = "", .data = "", .own_id = "a"}));
    auto const any = [](std::uint64_t) { return true; };
    CHECK(log.own_ids().find_latest("a", 3, any) == 3);
    CHECK(log.own_ids().find_latest("a", 2, any) == 1);
    CHECK(log.own_ids().find_latest("a", 3, [](std::uint64_t place) { return place != 3; }) == 1);
    CHECK_FALSE(log.own_ids().find_latest("b", 1, any));
    CHECK_FALSE(log.own_ids().find_latest("c", 3, any));
}

TEST_CASE("find · knows the own id of a targeted event, and of no more events than twice the bound")
{
    window log{bounded(2), test::epoch};
    for (std::uint64_t i = 1; i != 8; ++i) {
        log.append(stamped(i, {.type = "", .data = "", .own_id = "t" + std::to_string(i), .targets = {somebody}}));
    }
    CHECK(log.find("t7") == 7);
    CHECK(log.find("t4") == 4);
    CHECK_FALSE(log.find("t3"));
}

TEST_CASE("bound by bytes · has what the index costs, and that once for each shard")
{
    constexpr std::uint64_t events = 5000;
    std::vector<shared_frame> frames;
    std::size_t footprints = 0;
    for (std::uint64_t i = 1; i <= events; ++i) {
        auto const text = std::to_string(i) + std::string(200, 'x');
        bool const is_targeted = i % 2 == 0;
        frames.push_back(stamped(i, {.type = text,
                                     .data = "",
                                     .own_id = text,
                                     .targets = is_targeted ? std::vector{somebody} : std::vector<session_id>{}}));
        footprints += is_targeted ? 0 : frames.back()->footprint();
    }
    auto const in_use = ::mallinfo2().uordblks; // 0 where a sanitizer has the allocator
    window log{bounded(events), test::epoch};
    window of_three{bounded(events), test::epoch, 3};
    for (auto const& f : frames) {
        log.append(f);
        of_three.append(f);
    }
    auto const one_index = log.bytes() - footprints;
    CHECK(of_three.bytes() == footprints + 3 * one_index);
    CHECK((::mallinfo2().uordblks - in_use) / 2 < 2 * one_index);

    window small{bounded(events, 200'000), test::epoch, 3};
    for (auto const& f : frames) {
        small.append(f);
        CHECK(small.bytes() <= 200'000);
    }
    CHECK(small.size() > 20);
    CHECK(small.find(frames.back()->id()) == events);
    CHECK(small.find(small.at(small.front()).id()) == small.at(small.front()).sequence());
    CHECK_FALSE(small.find(frames.front()->id()));
}

TEST_CASE("bound by bytes · the ids of targeted events give way too")
{
    window log{bounded(1000, 20'000), test::epoch};
    log.append(stamped(1));
    for (std::uint64_t i = 2; i != 1000; ++i) {
        log.append(stamped(
            i, {.type = "", .data = "", .own_id = std::to_string(i) + std::string(200, 'x'), .targets = {somebody}}));
        CHECK(log.bytes() <= 20'000);
    }
    CHECK(log.size() == 1);
    CHECK(log.find("999" + std::string(200, 'x')) == 999);
    CHECK_FALSE(log.find("2" + std::string(200, 'x')));
}

TEST_CASE("selectors · a type's text is that of the newest event, and a copy where a filter names it")
{
    window log{bounded(2), test::epoch};
    std::string const type(100, 'a');
    auto const is_in = [](std::string_view text, frame const& f) {
        return text.data() >= f.live().data() && text.data() < f.live().data() + f.live().size();
    };
    log.append(stamped(1, {.type = type}));
    log.append(stamped(2, {.type = type}));
    log.append(stamped(3));
    CHECK(is_in(log.newest_selector().type(), log.at(2)) == false);
    auto named = log.audience().get(type);
    CHECK(named->has_own_text());
    log.append(stamped(4, {.type = type}));
    CHECK(named->has_own_text());
    CHECK(named->type() == type);
    log.append(stamped(5));
    log.append(stamped(6));
    CHECK_FALSE(named->has_any());
    CHECK(log.audience().find(type) == named.get());
    log.append(stamped(7, {.type = type}));
    CHECK(&log.newest_selector() == named.get());
    named.reset();
    log.append(stamped(8, {.type = type}));
    CHECK_FALSE(log.newest_selector().has_own_text());
    CHECK(is_in(log.newest_selector().type(), log.at(7)));
    log.append(stamped(9));
    log.append(stamped(10));
    CHECK(log.audience().find(type) == nullptr);
}

TEST_CASE("selectors · are known while the log has a broadcast of theirs")
{
    window log{bounded(2), test::epoch};
    log.append(stamped(1, {.type = "a"}));
    log.append(stamped(2, {.type = "b"}));
    CHECK(log.audience().size() == 2);
    CHECK(log.newest_selector().type() == "b");
    log.append(stamped(3, {.type = "b"}));
    CHECK(log.audience().size() == 1);
    CHECK(log.newest_selector().count_from(0) == 2);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
