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
        auto const sequence = log.head() + 1;
        log.append(kind == 'b' ? stamped(sequence)
                               : stamped(sequence, {.type = "t", .data = "", .own_id = "", .targets = {somebody}}));
    }
}

/// The selector of the newest broadcast's type.
selector const& newest_type(window const& log) { return *log.addressing_of(log.size() - 1).type; }

TEST_SUITE_BEGIN("fan_out/window");

TEST_CASE("an empty log · has its head before the first event and covers it")
{
    window const log{bounded(10), test::epoch};
    CHECK(log.head() == 0);
    CHECK(log.newest_broadcast() == 0);
    CHECK(log.size() == 0);
    CHECK(log.epoch() == test::epoch);
    CHECK(log.covers(0));
    CHECK(log.lost_after(0) == 0);
    CHECK(log.find("1700000000000-0") == 0);
    CHECK_FALSE(log.find("1700000000000-1"));
}

TEST_CASE("append · keeps both kinds in order")
{
    window log{bounded(10), test::epoch};
    fill(log, "tbtbbt");
    CHECK(log.head() == 6);
    CHECK(log.newest_broadcast() == 5);
    CHECK(log.size() == 3);
    CHECK(log[0].sequence() == 2);
    CHECK(log[1].sequence() == 4);
    CHECK(log[2].sequence() == 5);
    CHECK(log.oldest_targeted().sequence() == 1);
    log.drop_oldest_targeted();
    CHECK(log.oldest_targeted().sequence() == 3);
}

TEST_CASE("bound by events · the oldest go first")
{
    window log{bounded(3), test::epoch};
    fill(log, "bbbbb");
    CHECK(log.size() == 3);
    CHECK(log.lost() == 2);
    CHECK(log[0].sequence() == 3);
    CHECK(log.head() == 5);
    CHECK(log.audience().types().size() == 1);
}

TEST_CASE("bound by events · neither kind takes the other's place")
{
    window log{bounded(3), test::epoch};
    fill(log, "bbbttt");
    CHECK(log.lost_after(0) == 0);
    CHECK_FALSE(log.has_too_many_targeted());
    fill(log, "t");
    CHECK(log.lost_after(0) == 0);
    CHECK(log.has_too_many_targeted());
    log.drop_oldest_targeted();
    CHECK_FALSE(log.has_too_many_targeted());
    fill(log, "bbbbbb");
    CHECK_FALSE(log.has_too_many_targeted());
    CHECK(log.oldest_targeted().sequence() == 5);
}

TEST_CASE("bound by events · no limit is below one")
{
    window log{bounded(0), test::epoch};
    fill(log, "bb");
    CHECK(log.size() == 1);
    CHECK(log[0].sequence() == 2);
    fill(log, "t");
    CHECK_FALSE(log.has_too_many_targeted());
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
    CHECK(log[0].sequence() == 6);
    log.append(stamped(7));
    CHECK(log.size() == 1);
    CHECK(log[0].sequence() == 7);
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
    SUBCASE("targeted events within what was lost do not count, while all since are held")
    {
        fill(log, "bbtbbbb"); // 6 and 7 are held; 1, 2, 4, 5 are lost and 3 was targeted
        CHECK(log.lost_after(5) == 0);
        CHECK(log.lost_after(4) == 1);
        CHECK(log.lost_after(3) == 2);
        CHECK(log.lost_after(2) == 2);
        CHECK(log.lost_after(0) == 4);
        log.drop_oldest_targeted();
        CHECK(log.lost_after(3) == 2);
        CHECK_FALSE(log.lost_after(2));
        CHECK_FALSE(log.lost_after(0));
    }
}

TEST_CASE("count_up_to · how many broadcasts there were, whether or not they are held")
{
    window log{bounded(3), test::epoch};
    fill(log, "bbtbtb"); // held: 2, 4, 6
    std::vector<std::uint64_t> const expected{0, 1, 2, 2, 3, 3, 4};
    for (std::uint64_t sequence = 0; sequence != expected.size(); ++sequence) {
        CHECK(log.count_up_to(sequence) == expected[sequence]);
    }
}

TEST_CASE("first_after · finds the next broadcast that is held")
{
    window log{bounded(3), test::epoch};
    fill(log, "bbtbtb"); // held: 2, 4, 6
    std::vector<std::size_t> const expected{0, 0, 1, 1, 2, 2, 3};
    for (std::uint64_t sequence = 0; sequence != expected.size(); ++sequence) {
        CHECK(log.first_after(sequence) == expected[sequence]);
    }
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

TEST_CASE("find · knows the own id of a targeted event for as long as that is held")
{
    window log{bounded(2), test::epoch};
    for (std::uint64_t i = 1; i != 4; ++i) {
        log.append(stamped(i, {.type = "", .data = "", .own_id = "t" + std::to_string(i), .targets = {somebody}}));
    }
    fill(log, "bbb");
    CHECK(log.find("t1") == 1);
    CHECK(log.has_too_many_targeted());
    log.drop_oldest_targeted();
    CHECK_FALSE(log.find("t1"));
    CHECK(log.find("t3") == 3);
}

TEST_CASE("drop_unwanted_targeted · those that no session may get any more go, but for those with an own id")
{
    window log{bounded(10), test::epoch};
    std::vector<shared_frame> all;
    for (std::uint64_t i = 1; i != 5; ++i) {
        all.push_back(
            stamped(i, {.type = "", .data = "", .own_id = i == 3 ? "own" : "", .targets = {somebody, session_id{}}}));
        log.append(all.back());
    }
    auto const all_bytes = log.targeted_bytes();
    CHECK(log.may_have_unwanted_targeted());
    all[0]->note_target_gone();
    for (auto const i : {1U, 2U}) {
        all[i]->note_target_gone();
        all[i]->note_target_gone();
    }
    log.drop_unwanted_targeted();
    CHECK_FALSE(log.may_have_unwanted_targeted());
    CHECK(log.targeted_bytes() < all_bytes);
    CHECK(log.lost_after(0) == 0);
    for (auto const expected : {1U, 3U, 4U}) {
        CHECK(log.oldest_targeted().sequence() == expected);
        log.drop_oldest_targeted();
    }
    CHECK(log.targeted_bytes() == 0);
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
        footprints += frames.back()->footprint();
    }
    auto const in_use = ::mallinfo2().uordblks; // 0 where a sanitizer has the allocator
    window log{bounded(events), test::epoch};
    window of_three{bounded(events), test::epoch, 3};
    for (auto const& f : frames) {
        log.append(f);
        of_three.append(f);
    }
    auto const bytes_of = [](window const& w) { return w.bytes() + w.targeted_bytes(); };
    // What the sessions refer to a targeted event with is on their own shard alone.
    auto const references = events / 2 * postings::bytes_each;
    auto const one_index = bytes_of(log) - footprints - references;
    CHECK(bytes_of(of_three) == footprints + references + 3 * one_index);
    CHECK((::mallinfo2().uordblks - in_use) / 2 < 2 * one_index);

    window small{bounded(events, 200'000), test::epoch, 3};
    for (auto const& f : frames) {
        small.append(f);
        CHECK(small.bytes() <= 200'000);
    }
    CHECK(small.size() > 20);
    CHECK(small.find(frames.back()->id()) == events); // targeted
    CHECK(small.find(small[0].id()) == small[0].sequence());
    CHECK_FALSE(small.find(frames.front()->id()));
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
    CHECK(is_in(newest_type(log).name(), log[1]) == false);
    auto named = log.audience().types().get(type);
    CHECK(named->has_own_text());
    log.append(stamped(4, {.type = type}));
    CHECK(named->has_own_text());
    CHECK(named->name() == type);
    log.append(stamped(5));
    log.append(stamped(6));
    CHECK_FALSE(named->has_any());
    CHECK(log.audience().types().find(type) == named.get());
    log.append(stamped(7, {.type = type}));
    CHECK(&newest_type(log) == named.get());
    named.reset();
    log.append(stamped(8, {.type = type}));
    CHECK_FALSE(newest_type(log).has_own_text());
    CHECK(is_in(newest_type(log).name(), log[1]));
    log.append(stamped(9));
    log.append(stamped(10));
    CHECK(log.audience().types().find(type) == nullptr);
}

TEST_CASE("selectors · are known while the log has a broadcast of theirs")
{
    window log{bounded(2), test::epoch};
    log.append(stamped(1, {.type = "a"}));
    log.append(stamped(2, {.type = "b"}));
    CHECK(log.audience().types().size() == 2);
    CHECK(newest_type(log).name() == "b");
    log.append(stamped(3, {.type = "b"}));
    CHECK(log.audience().types().size() == 1);
    CHECK(newest_type(log).broadcasts().count_after(0) == 2);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
