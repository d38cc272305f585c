#include <sluice/event/event_id.hpp>

#include <doctest/doctest.h>
#include <fixtures.hpp>

#include <array>
#include <limits>

namespace sluice {
namespace {

constexpr auto max_number = std::numeric_limits<std::uint64_t>::max();

TEST_SUITE_BEGIN("event/event_id");

TEST_CASE("parse_event_id · reads two decimals and refuses every other form")
{
    struct row {
        std::string_view text;
        std::optional<event_id> id;
        bool has_form;
    };
    std::array const rows{
        row{"0-0", event_id{0, 0}, true},
        row{"1-2", event_id{1, 2}, true},
        row{"007-010", event_id{7, 10}, true},
        row{"18446744073709551615-18446744073709551615", event_id{max_number, max_number}, true},
        row{"18446744073709551616-0", std::nullopt, true},
        row{"0-18446744073709551616", std::nullopt, true},
        row{"99999999999999999999999999-1", std::nullopt, true},
        row{"", std::nullopt, false},
        row{"-", std::nullopt, false},
        row{"1-", std::nullopt, false},
        row{"-1", std::nullopt, false},
        row{"1", std::nullopt, false},
        row{"1--2", std::nullopt, false},
        row{"1-2-3", std::nullopt, false},
        row{" 1-2", std::nullopt, false},
        row{"1-2 ", std::nullopt, false},
        row{"+1-2", std::nullopt, false},
        row{"1-+2", std::nullopt, false},
        row{"1-0x2", std::nullopt, false},
        row{"a-b", std::nullopt, false},
        row{"\xD9\xA1-\xD9\xA2", std::nullopt, false}, // Arabic digits
    };
    for (auto const& r : rows) {
        CAPTURE(r.text);
        CHECK(parse_event_id(r.text) == r.id);
        CHECK(has_event_id_form(r.text) == r.has_form);
    }
}

TEST_CASE("to_string · is read back, and the largest fits in the room that is named")
{
    for (auto const id :
         {event_id{0, 0}, event_id{1, max_number}, event_id{max_number, 1}, event_id{max_number, max_number}}) {
        auto const text = to_string(id);
        CHECK(text.size() <= max_event_id_size);
        CHECK(parse_event_id(text) == id);
    }
    CHECK(to_string(event_id{1'700'000'000'000, 42}) == "1700000000000-42");
    CHECK(to_string(event_id{max_number, max_number}).size() == max_event_id_size);
}

TEST_CASE("order · is numeric, hi first")
{
    CHECK(event_id{1, 9} < event_id{1, 10});
    CHECK(event_id{9, 10} < event_id{10, 9});
    CHECK(event_id{2, 0} > event_id{1, max_number});
    CHECK(event_id{3, 4} == event_id{3, 4});
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
