#include <support/event_stream.hpp>

#include <support/failure.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <atomic>
#include <utility>

#include <unistd.h>

namespace sluice::test {
namespace {

void add_query(std::string& query, std::string_view part)
{
    if (!part.empty()) {
        query += query.empty() ? '?' : '&';
        query += part;
    }
}

void check_is_stream(const http_response& response, std::string_view body)
{
    const auto type = response.headers.get("Content-Type");
    if (response.status != 200 || !type.starts_with("text/event-stream")) {
        fail("200 with text/event-stream",
             fmt::format("{} with {}: {}", response.status, type.empty() ? "no type" : type, printable(body)));
    }
}

const char* to_string(stream_end end)
{
    switch (end) {
    case stream_end::last_chunk:
        return "the stream ended by its last chunk";
    case stream_end::closed:
        return "the connection was closed";
    case stream_end::reset:
        return "the connection was reset";
    }
    return "?";
}

} // namespace

std::string unique_marker()
{
    static std::atomic<unsigned> count = 0;
    return fmt::format("marker-{}-{}", ::getpid(), ++count);
}

http_request stream_options::to_request() const
{
    http_request request{.method = method, .target = path, .headers = headers, .body = body, .version = version};
    const auto add_header = [&](const char* name, const std::optional<std::string>& value,
                                std::string_view before = "") {
        if (value) {
            request.headers.add(name, fmt::format("{}{}", before, *value));
        }
    };
    add_header("Accept", accept);
    add_header("User-Agent", user_agent);
    add_header("X-SSE-Session-ID", session_header);
    add_header("Cookie", session_cookie, "sse-session-id=");
    add_header("Last-Event-ID", last_event_id);
    std::string added;
    add_query(added, session ? "session=" + percent_encode(*session) : "");
    if (!types.empty()) {
        std::vector<std::string> encoded;
        encoded.reserve(types.size());
        for (const auto& type : types) {
            encoded.push_back(percent_encode(type));
        }
        add_query(added, fmt::format("types={}", fmt::join(encoded, ",")));
    }
    add_query(added, query);
    request.target += added;
    return request;
}

event_stream::event_stream(const endpoint& to, const stream_options& options, deadline until)
    : to_(to), connection_(to, until), parser_(options.last_event_id.value_or(""))
{
    connection_.send(options.to_request(), until);
    response_ = connection_.read_head(until);
    std::string body;
    if (response_.status != 200 && !connection_.body().complete()) {
        connection_.read_body(body, until);
    }
    check_is_stream(response_, body);
}

http_response event_stream::refused(const endpoint& to, const stream_options& options, deadline until)
{
    http_connection connection(to, until);
    connection.send(options.to_request(), until);
    auto response = connection.read_head(until);
    if (response.status == 200) {
        fail("the stream to be refused", "200");
    }
    while (!connection.body().complete() && connection.read_body(response.body, until) == receive_result::data) {
    }
    return response;
}

bool event_stream::read_some(deadline until, std::size_t limit)
{
    if (end_) {
        return false;
    }
    std::string bytes;
    const auto result = connection_.read_body(bytes, until, limit);
    parser_.feed(bytes);
    keep_parsed();
    if (connection_.body().complete()) {
        end_ = stream_end::last_chunk;
    } else if (result == receive_result::closed) {
        end_ = stream_end::closed;
    } else if (result == receive_result::reset) {
        end_ = stream_end::reset;
    }
    return result == receive_result::data;
}

void event_stream::keep_parsed()
{
    while (auto block = parser_.next()) {
        if (block->type == "connected" && !connected_) {
            connected_ = parse_json(block->data).as_object();
        }
        if (seen_.size() == 5) {
            seen_.erase(seen_.begin());
        }
        seen_.push_back(to_string(*block));
        blocks_.push_back(std::move(*block));
    }
}

void event_stream::fail_waiting(std::string_view wanted, std::string_view came) const
{
    fail(fmt::format("{} on the stream of session {}", wanted, session_id()),
         fmt::format("{}\n  unfinished: {}\n  the last blocks:\n    {}", came, printable(parser_.unfinished()),
                     fmt::join(seen_, "\n    ")));
}

void event_stream::fail_at_end(std::string_view wanted) const
{
    fail_waiting(wanted, end_ ? to_string(*end_) : "nothing");
}

std::optional<received_event> event_stream::next_block(deadline until, std::string_view wanted)
{
    while (blocks_.empty() && !end_) {
        if (!read_some(until) && !end_) {
            fail_waiting(wanted, "nothing before the deadline");
        }
    }
    return try_next();
}

std::optional<received_event> event_stream::try_next()
{
    if (blocks_.empty()) {
        return std::nullopt;
    }
    auto block = std::move(blocks_.front());
    blocks_.pop_front();
    return block;
}

received_event event_stream::next(deadline until)
{
    auto block = next_block(until, "a block");
    if (!block) {
        fail_at_end("a block");
    }
    return std::move(*block);
}

std::optional<received_event> event_stream::next_or_end(deadline until)
{
    auto block = next_block(until, "an event or the end");
    while (block && !block->has_data) {
        block = next_block(until, "an event or the end");
    }
    return block;
}

received_event event_stream::next_event(deadline until)
{
    auto event = next_or_end(until);
    if (!event) {
        fail_at_end("an event");
    }
    return std::move(*event);
}

received_event event_stream::expect(std::string_view type, deadline until)
{
    auto event = next_event(until);
    if (event.type != type) {
        fail_waiting(fmt::format("an event of type {}", type), to_string(event));
    }
    return event;
}

received_event event_stream::next_of_type(std::string_view type, deadline until)
{
    for (;;) {
        auto event = next_or_end(until);
        if (!event) {
            fail_at_end(fmt::format("an event of type {}", type));
        }
        if (event->type == type) {
            return std::move(*event);
        }
    }
}

const boost::json::object& event_stream::connected(deadline until)
{
    while (!connected_) {
        if (!read_some(until)) {
            fail_waiting("the event connected", end_ ? to_string(*end_) : "nothing before the deadline");
        }
    }
    return *connected_;
}

std::vector<received_event> event_stream::try_read_available()
{
    while (read_some(deadline::unscaled(std::chrono::milliseconds(0)))) {
    }
    std::vector<received_event> taken;
    while (auto block = try_next()) {
        taken.push_back(std::move(*block));
    }
    return taken;
}

std::vector<received_event> event_stream::barrier(const std::function<void(const std::string&)>& publish,
                                                  deadline until)
{
    const auto marker = unique_marker();
    publish(marker);
    std::vector<received_event> before;
    for (auto event = next_event(until); event.data != marker; event = next_event(until)) {
        before.push_back(std::move(event));
    }
    return before;
}

std::vector<received_event> event_stream::barrier(std::string_view type)
{
    auto to = to_;
    to.receive_buffer = 0;
    return barrier([&](const std::string& marker) { broadcast(to, marker, type); });
}

void event_stream::no_event_within(std::chrono::milliseconds time)
{
    const auto until = deadline::unscaled(time);
    while (!until.passed() && read_some(until)) {
    }
    for (const auto& block : blocks_) {
        if (block.has_data) {
            fail_waiting(fmt::format("no event within {} ms", time.count()), to_string(block));
        }
    }
}

stream_end event_stream::wait_end(deadline until)
{
    while (!end_) {
        if (!read_some(until) && !end_) {
            fail_waiting("the end", "it did not end before the deadline");
        }
    }
    return *end_;
}

} // namespace sluice::test
