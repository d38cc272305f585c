#include <sluice/event/event.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace sluice {
namespace {

using namespace std::string_literals;

struct event_row {
    std::string name;
    std::string text;
    error_code expected;
};

TEST_SUITE_BEGIN("event/event");

TEST_CASE("validate_type · what may be a type and what may not")
{
    std::vector<event_row> const rows{
        {"empty", "", {}},
        {"the default", "message", {}},
        {"spaces and colons", " a: b ", {}},
        {"every plane", "\u00e9\u20ac\U0001F600", {}},
        {"256 bytes", std::string(256, 'a'), {}},
        {"a name that only begins like a control event's", "connected2", {}},
        {"another case than a control event's", "Heartbeat", {}},
        {"257 bytes", std::string(257, 'a'), errc::invalid_type},
        {"LF", "a\nb", errc::invalid_type},
        {"CR", "a\rb", errc::invalid_type},
        {"NUL", "a\0b"s, errc::invalid_type},
        {"comma", "a,b", errc::invalid_type},
        {"connected", "connected", errc::reserved_type},
        {"buffer-overflow", "buffer-overflow", errc::reserved_type},
        {"replay-start", "replay-start", errc::reserved_type},
        {"replay-end", "replay-end", errc::reserved_type},
        {"no-buffer", "no-buffer", errc::reserved_type},
        {"heartbeat", "heartbeat", errc::reserved_type},
        {"shutdown", "shutdown", errc::reserved_type},
        {"server-busy", "server-busy", errc::reserved_type},
        {"token-expired", "token-expired", errc::reserved_type},
        {"topic-end", "topic-end", errc::reserved_type},
        {"not UTF-8", "a\xff", errc::invalid_utf8},
    };
    for (auto const& r : rows) {
        CAPTURE(r.name);
        CHECK(validate_type(r.text) == r.expected);
        CHECK(is_control_type(r.text) == (r.expected == errc::reserved_type));
    }
}

TEST_CASE("validate_id · what may be a publisher's own id and what may not")
{
    std::vector<event_row> const rows{
        {"empty counts as none", "", {}},
        {"words", "order 4711", {}},
        {"256 bytes", std::string(256, 'i'), {}},
        {"nearly the log's form", "1-2-3", {}},
        {"a comma", "a,b", {}},
        {"the log's form", "1-2", errc::reserved_id},
        {"the log's form, too large for a number", "99999999999999999999999-1", errc::reserved_id},
        {"257 bytes", std::string(257, 'i'), errc::invalid_id},
        {"LF", "a\n", errc::invalid_id},
        {"CR", "\ra", errc::invalid_id},
        {"NUL", "a\0b"s, errc::invalid_id},
        {"a space before", " a", errc::invalid_id},
        {"a space behind", "a ", errc::invalid_id},
        {"a tab before", "\ta", errc::invalid_id},
        {"a tab behind", "a\t", errc::invalid_id},
        {"a tab within", "a\tb", errc::invalid_id},
        {"the first control character of which browsers know no more", "a\x01", errc::invalid_id},
        {"the last control character", "a\x1f"s, errc::invalid_id},
        {"DEL", "\x7f", errc::invalid_id},
        {"the first that is none", "a!b", {}},
        {"the second set of control characters, which a header carries", "\xc2\x80\xc2\x9f", {}},
        {"what a last id may be beside an event's", "earliest", errc::reserved_id},
        {"more than that", "earliest1", {}},
        {"not UTF-8", "\xc3", errc::invalid_utf8},
    };
    for (auto const& r : rows) {
        CAPTURE(r.name);
        CHECK(validate_id(r.text) == r.expected);
    }
}

TEST_CASE("is_utf8 · by the table of well-formed byte sequences")
{
    struct utf8_row {
        std::string name;
        std::string text;
        bool valid;
    };
    std::vector<utf8_row> const rows{
        {"empty", "", true},
        {"ASCII with NUL", "a\0b"s, true},
        {"first and last of two bytes", "\xc2\x80\xdf\xbf", true},
        {"first and last of three bytes", "\xe0\xa0\x80\xef\xbf\xbf", true},
        {"around the surrogates", "\xed\x9f\xbf\xee\x80\x80", true},
        {"first and last of four bytes", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", true},
        {"byte order mark", "\xef\xbb\xbf", true},
        {"a lone continuation", "\x80", false},
        {"overlong, two bytes", "\xc0\x80", false},
        {"overlong, two bytes, second form", "\xc1\xbf", false},
        {"overlong, three bytes", "\xe0\x9f\xbf", false},
        {"overlong, four bytes", "\xf0\x8f\xbf\xbf", false},
        {"first surrogate", "\xed\xa0\x80", false},
        {"last surrogate", "\xed\xbf\xbf", false},
        {"above the last code point", "\xf4\x90\x80\x80", false},
        {"a lead that never is one", "\xf5\x80\x80\x80", false},
        {"cut after one of two", "\xc2", false},
        {"cut after two of three", "\xe2\x82", false},
        {"cut after three of four", "\xf0\x9f\x98", false},
        {"a letter in the place of a continuation",
         "\xe2\x82"
         "a",
         false},
    };
    for (auto const& r : rows) {
        CAPTURE(r.name);
        CHECK(is_utf8(r.text) == r.valid);
        // The fast way over ASCII must not pass over what is behind or before it.
        for (std::size_t ahead = 1; ahead != 66; ++ahead) {
            CHECK(is_utf8(std::string(ahead, 'a') + r.text) == r.valid);
            CHECK(is_utf8(r.text + std::string(ahead, 'a')) == r.valid);
        }
    }
}

TEST_CASE("validate · looks at type, id and data, and bounds the data in bytes")
{
    CHECK(validate({.id = "", .type = "", .data = ""}, 0) == error_code{});
    CHECK(validate({.id = "", .type = "", .data = std::string(8, 'a')}, 8) == error_code{});
    CHECK(validate({.id = "", .type = "", .data = std::string(9, 'a')}, 8) == errc::event_too_large);
    CHECK(validate({.id = "", .type = "", .data = "\u20ac\u20ac\u20ac"}, 8) == errc::event_too_large);
    CHECK(validate({.id = "", .type = "a,b", .data = "x"}, 8) == errc::invalid_type);
    CHECK(validate({.id = "1-1", .type = "", .data = "x"}, 8) == errc::reserved_id);
    CHECK(validate({.id = "", .type = "", .data = "\xff"}, 8) == errc::invalid_utf8);
    CHECK(validate({.id = "", .type = "", .data = "any\r\n\ndata: field\n\n"}, 100) == error_code{});
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
