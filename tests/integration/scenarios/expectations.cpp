#include "expectations.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::test {
namespace {

boost::json::value number_or_null(loss value)
{
    return value ? boost::json::value(*value) : boost::json::value(nullptr);
}

void check_event(const received_event& came, const published& wanted)
{
    INFO("came: ", to_string(came), "; wanted: ", wanted.id, " ", wanted.type, " ", printable(wanted.data, 80));
    CHECK(came.has_id);
    CHECK(came.id == wanted.id);
    CHECK(came.type == wanted.type);
    CHECK(came.data == wanted.data);
}

/// A control event that carries no id and one line of JSON.
void check_control(event_stream& stream, std::string_view type, const boost::json::object& wanted)
{
    const auto event = stream.expect(type);
    CHECK_FALSE(event.has_id);
    CHECK(event.data.find('\n') == std::string::npos);
    CHECK(parse_json(event.data) == boost::json::value(wanted));
}

std::uint64_t number(std::string_view text, std::string_view whole)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        fail("an id <hi>-<lo>", whole);
    }
    return value;
}

} // namespace

std::pair<std::uint64_t, std::uint64_t> place_of(std::string_view id)
{
    const auto dash = id.find('-');
    if (dash == std::string_view::npos) {
        fail("an id <hi>-<lo>", printable(id));
    }
    return {number(id.substr(0, dash), id), number(id.substr(dash + 1), id)};
}

std::string expect_opening(event_stream& stream, const opening& wanted, const caller& from)
{
    INFO("expected in ", std::string(from.file_name()), ":", from.line());
    const auto connected = stream.next();
    CHECK(connected.type == "connected");
    CHECK(connected.retry == 3000U);
    CHECK(connected.has_id);
    place_of(connected.id);
    const auto came = stream.connected();
    INFO("connected: ", boost::json::serialize(came));
    CHECK(came.size() == 8);
    CHECK(came.at("sessionId") == stream.session_id().c_str());
    CHECK(came.at("reconnection") == wanted.reconnection);
    if (wanted.buffer_size) {
        CHECK(came.at("bufferSize") == *wanted.buffer_size);
    }
    CHECK(came.at("resumed") == wanted.resumed);
    CHECK(came.at("reconnections") == wanted.reconnections);
    CHECK(came.at("replay") == wanted.replay);
    CHECK(came.at("dropped") == number_or_null(wanted.dropped));
    return connected.id;
}

void expect_overflow(event_stream& stream, loss dropped, std::int64_t kept, const caller& from)
{
    INFO("expected in ", std::string(from.file_name()), ":", from.line());
    check_control(stream, "buffer-overflow", {{"dropped", number_or_null(dropped)}, {"kept", kept}});
}

void expect_live(event_stream& stream, const std::vector<published>& events, const caller& from)
{
    INFO("expected in ", std::string(from.file_name()), ":", from.line());
    for (const auto& wanted : events) {
        const auto event = stream.next_event();
        check_event(event, wanted);
        CHECK(event.comments.empty());
    }
}

void expect_replay(event_stream& stream, const std::vector<published>& events, const caller& from)
{
    INFO("expected in ", std::string(from.file_name()), ":", from.line());
    check_control(stream, "replay-start", {{"count", events.size()}});
    for (const auto& wanted : events) {
        const auto event = stream.next_event();
        check_event(event, wanted);
        replay_mark(event);
    }
    check_control(stream, "replay-end", {});
}

void expect_nothing_else(hub& h, event_stream& stream, const std::string& type, const caller& from)
{
    expect_live(stream, {h.publish(unique_marker(), type)}, from);
}

void expect_problem(const http_response& response, int status, const caller& from)
{
    INFO("expected in ", std::string(from.file_name()), ":", from.line(), "; body: ", printable(response.body));
    CHECK(response.status == status);
    CHECK(response.headers.get("Content-Type") == "application/problem+json");
    CHECK(response.json().at("status") == status);
}

std::vector<published> part(const std::vector<published>& events, std::size_t first, std::size_t count)
{
    const auto begin = std::min(first, events.size());
    const auto end = begin + std::min(count, events.size() - begin);
    return {events.begin() + static_cast<std::ptrdiff_t>(begin), events.begin() + static_cast<std::ptrdiff_t>(end)};
}

std::vector<published> joined(std::vector<published> first, const std::vector<published>& second)
{
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

std::string replay_mark(const received_event& event)
{
    constexpr std::string_view word = "replayed ";
    if (event.comments.size() != 1 || !event.comments.front().starts_with(word) ||
        !event.raw.starts_with(": replayed ")) {
        fail("a first line ': replayed <time>'", printable(event.raw));
    }
    return event.comments.front().substr(word.size());
}

} // namespace sluice::test
