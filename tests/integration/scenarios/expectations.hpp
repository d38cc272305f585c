#pragma once

#include "hub.hpp"

#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::test {

/// A number, or that it cannot be known (null).
using loss = std::optional<std::int64_t>;

/// What a stream must say before its first published event.
struct opening {
    bool resumed = false;
    std::int64_t reconnections = 0;
    std::int64_t replay = 0;
    loss dropped = 0;
    std::optional<std::int64_t> buffer_size = 1000; ///< nullopt: whatever it is
    bool reconnection = true;
};

/// An id of the log's own, `<hi>-<lo>`, in the order in which ids compare; fails the test when it has another
/// form.
std::pair<std::uint64_t, std::uint64_t> place_of(std::string_view id);

// Each of these checks what comes next on a stream, and names the line of the caller when it is not so.
using caller = std::source_location;

/// `connected`, whose every field is as told. Returns the id with which it primes the client.
std::string expect_opening(event_stream& stream, const opening& wanted, const caller& from = caller::current());
/// `buffer-overflow` with these numbers.
void expect_overflow(event_stream& stream, loss dropped, std::int64_t kept, const caller& from = caller::current());
/// These events live, in this order, with nothing between.
void expect_live(event_stream& stream, const std::vector<published>& events, const caller& from = caller::current());
/// `replay-start`, these events, each marked as replayed, and `replay-end`.
void expect_replay(event_stream& stream, const std::vector<published>& events, const caller& from = caller::current());
/// An event that is published now is the next that comes: nothing was waiting before it.
void expect_nothing_else(hub& h, event_stream& stream, const std::string& type = "message",
                         const caller& from = caller::current());
/// Problem details (RFC 9457) with this status.
void expect_problem(const http_response& response, int status, const caller& from = caller::current());

/// The events from `first` on, counted from 0, at most `count` of them.
std::vector<published> part(const std::vector<published>& events, std::size_t first,
                            std::size_t count = static_cast<std::size_t>(-1));
std::vector<published> joined(std::vector<published> first, const std::vector<published>& second);

/// The one comment of a replayed event, without `replayed `; fails the test when the event is not marked.
std::string replay_mark(const received_event& event);

} // namespace sluice::test
