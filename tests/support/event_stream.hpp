#pragma once

#include <support/http_connection.hpp>
#include <support/stream_parser.hpp>

#include <boost/json/object.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {

// NOLINTBEGIN(readability-redundant-member-init): g++ warns of members left out of a designated list without
// them
/// What a client asks for when it opens GET /events.
struct stream_options {
    std::optional<std::string> session{};        ///< query `session`
    std::optional<std::string> session_header{}; ///< X-SSE-Session-ID
    std::optional<std::string> session_cookie{}; ///< cookie sse-session-id
    std::optional<std::string> last_event_id{};  ///< Last-Event-ID
    std::vector<std::string> types{};            ///< query `types`, joined by commas
    std::string query{};                         ///< more of the query, encoded already: `a=b&c=d`
    std::optional<std::string> user_agent = "sluice-test";
    /// As of a program that looks at statuses; for one that names `text/event-stream` a passing refusal is a stream.
    std::optional<std::string> accept = "*/*";
    header_fields headers{};
    std::string version = "1.1";
    std::string path = "/events";
    std::string method = "GET";
    std::string body{};

    [[nodiscard]] http_request to_request() const;
};
// NOLINTEND(readability-redundant-member-init)

/// How a stream ended: by its last chunk (the proper end in HTTP/1.1), by a close (the proper end in
/// HTTP/1.0, else abrupt), or by a reset.
enum class stream_end { last_chunk, closed, reset };

/// A client of an event stream. One object is for one thread at a time; many may run at once.
/// Blocks are kept in the order of their coming until a call takes them. Calls that wait fail the test at the
/// deadline, and, unless they say otherwise, when the stream ends first.
class event_stream {
public:
    /// Sends the request and reads the response's header. Fails the test unless it is 200 with
    /// text/event-stream.
    explicit event_stream(const endpoint& to, const stream_options& options = {}, deadline until = {});

    /// The response to a request for a stream that is to be refused, with its body.
    static http_response refused(const endpoint& to, const stream_options& options, deadline until = {});

    [[nodiscard]] const http_response& response() const { return response_; }
    [[nodiscard]] std::string session_id() const { return response_.headers.get("X-SSE-Session-ID"); }
    /// What a browser would send as Last-Event-ID after all that was read, taken by a call or not.
    [[nodiscard]] const std::string& last_event_id() const { return parser_.last_event_id(); }

    /// The data of the `connected` event. If it has not been read yet, reads up to it and keeps what came
    /// before.
    const boost::json::object& connected(deadline until = {});

    received_event next(deadline until = {});       ///< the next block
    received_event next_event(deadline until = {}); ///< the next block with data
    /// The next block with data, nullopt once the stream has ended in whatever way.
    std::optional<received_event> next_or_end(deadline until = {});
    /// The next block with data is of this type, or the test fails.
    received_event expect(std::string_view type, deadline until = {});
    /// The next block with data of this type; those before it are dropped.
    received_event next_of_type(std::string_view type, deadline until = {});
    /// The next block that has come already; waits for nothing.
    std::optional<received_event> try_next();
    /// Every block that has come by now, taken from the socket without waiting.
    std::vector<received_event> try_read_available();

    /// Publishes a unique marker by `publish` (of itself by POST /broadcast) and reads to the event that has
    /// it as its data. Returns the events before it: what has not come by then was not sent before it.
    std::vector<received_event> barrier(const std::function<void(const std::string& marker)>& publish,
                                        deadline until = {});
    std::vector<received_event> barrier(std::string_view type = "message");
    /// Fails the test when an event comes within this time. Where an event can be published, barrier() is
    /// better.
    void no_event_within(std::chrono::milliseconds time);

    /// Reads at most `limit` bytes from the socket into the parser; false at the stream's end or the
    /// deadline.
    bool read_some(deadline until, std::size_t limit = 65536);
    /// Reads to the end and says which it was. What came before it is still there for next() and the like.
    stream_end wait_end(deadline until = {});
    [[nodiscard]] std::optional<stream_end> end() const { return end_; }
    /// The bytes after the last whole block; empty at the end of a stream that no event was cut from.
    [[nodiscard]] const std::string& unfinished() const { return parser_.unfinished(); }

    void close() { connection_.close(); }
    void reset() { connection_.reset(); }
    http_connection& connection() { return connection_; }

private:
    std::optional<received_event> next_block(deadline until, std::string_view wanted);
    [[noreturn]] void fail_at_end(std::string_view wanted) const;
    [[noreturn]] void fail_waiting(std::string_view wanted, std::string_view came) const;
    void keep_parsed();

    endpoint to_;
    http_connection connection_;
    stream_parser parser_;
    http_response response_;
    std::deque<received_event> blocks_;
    std::optional<boost::json::object> connected_;
    std::optional<stream_end> end_;
    std::vector<std::string> seen_; ///< the last few blocks, for messages
};

/// A text that no other call in this process, nor another process, returns.
std::string unique_marker();

} // namespace sluice::test
