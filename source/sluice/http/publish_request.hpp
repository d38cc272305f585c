#pragma once

#include <sluice/event/event.hpp>
#include <sluice/export.hpp>
#include <sluice/http/problem.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// The parts of a request that an event is read from.
struct publish_input {
    /// The request target's query, without the question mark (`query_of`).
    std::string_view query;
    /// The `Content-Type` header; empty if there is none.
    std::string_view content_type;
    /// The whole body, as it arrived.
    std::string_view body;
};

/// Which fields a publishing request may have.
enum class addressing {
    everyone, ///< those of the event
    sessions, ///< those of the event, and the sessions that it is for
};

/// Reads a message from the fields `type`, `data`, `id` and, for `addressing::sessions`, `session`. They come from the
/// query and from the body, which is a form or a JSON object; in JSON, `data` may be any value and `sessions` is an
/// array. Problems: 400 that names what is wrong, 413, 415.
[[nodiscard]] SLUICE_EXPORT expected<message> parse_message(publish_input const& in, addressing who,
                                                            std::size_t max_event_bytes);

/// Whether the content type is `application/x-ndjson`, that of a batch.
[[nodiscard]] SLUICE_EXPORT bool is_batch(std::string_view content_type);

/// Reads a batch, which has a JSON object with the fields of an event on each line. If a line is wrong, none is taken.
/// Problems: as for `parse_message`, with the number of the line, counted from 1; 413 for more than 100,000 events.
[[nodiscard]] SLUICE_EXPORT expected<std::vector<event>> parse_batch(publish_input const& in,
                                                                     std::size_t max_event_bytes);

/// Reads the one session that a request names in its query, form or JSON. Problems: 400, 415.
[[nodiscard]] SLUICE_EXPORT expected<std::string> parse_session(publish_input const& in);

} // namespace sluice
