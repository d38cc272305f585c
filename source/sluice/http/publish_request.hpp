#pragma once

#include <sluice/event/event.hpp>
#include <sluice/export.hpp>
#include <sluice/http/problem.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// The parts of a request that a publisher's words are in.
struct publish_input {
    /// The request target's query, without the question mark (`query_of`).
    std::string_view query;
    /// The `Content-Type` header; empty: it has none.
    std::string_view content_type;
    /// The whole body, as it came.
    std::string_view body;
};

/// What a request to publish may name.
enum class addressing {
    everyone, ///< the event alone
    sessions, ///< the event and the sessions that it is for
};

/// Reads a message from the fields `type`, `data`, `id` and, if there may be, `session`: from a JSON object (where
/// `data` may be any value and `sessions` is an array), from a form, and from the query. Problems: 400 that names what
/// is wrong, 413, 415.
[[nodiscard]] SLUICE_EXPORT expected<message> parse_message(publish_input const& in, addressing who,
                                                            std::size_t max_event_bytes);

/// Whether the content type is that of a batch, `application/x-ndjson`.
[[nodiscard]] SLUICE_EXPORT bool is_batch(std::string_view content_type);

/// Reads a batch: on each line a JSON object with the fields of an event. Problems: as above, naming the line, counted
/// from 1; 413 for more than 100,000 events. All lines are read or none.
[[nodiscard]] SLUICE_EXPORT expected<std::vector<event>> parse_batch(publish_input const& in,
                                                                     std::size_t max_event_bytes);

/// Reads the one session that a request names, by query, form or JSON. Problems: 400, 415.
[[nodiscard]] SLUICE_EXPORT expected<std::string> parse_session(publish_input const& in);

} // namespace sluice
