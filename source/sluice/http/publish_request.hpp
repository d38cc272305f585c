#pragma once

#include <sluice/event/event.hpp>
#include <sluice/export.hpp>
#include <sluice/http/problem.hpp>
#include <sluice/http/publish_rights.hpp>

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
    sessions, ///< those of the event, and the sessions and subjects that it is for
};

/// Reads a message from the fields `type`, `data` and `id`, for `addressing::everyone` also `topic`, `private`, `last`,
/// `ttl` and `keep`, and for `addressing::sessions` also `session` and `subject`. They come from the query and from the
/// body, which is a form or a JSON object; in JSON, `data` may be any value, `topic` may be an array, `sessions` and
/// `subjects` are arrays, and `private` and `last` are booleans. Problems: 400 that names what is wrong, 413, 415.
[[nodiscard]] SLUICE_EXPORT expected<message> parse_message(publish_input const& in, addressing who,
                                                            std::size_t max_event_bytes);

/// Whether the content type is `application/json`.
[[nodiscard]] SLUICE_EXPORT bool is_json(std::string_view content_type);

/// Whether the content type is `application/x-www-form-urlencoded`.
[[nodiscard]] SLUICE_EXPORT bool is_form(std::string_view content_type);

/// Whether the content type is `application/x-ndjson`, that of a batch.
[[nodiscard]] SLUICE_EXPORT bool is_batch(std::string_view content_type);

/// Reads a batch, which has a JSON object with the fields of an event on each line. If a line is wrong, none is taken.
/// Problems: as for `parse_message`, with the number of the line, counted from 1; 413 for more than 100,000 events.
[[nodiscard]] SLUICE_EXPORT expected<std::vector<event>> parse_batch(publish_input const& in,
                                                                     std::size_t max_event_bytes);

/// How the body of a request is divided into items, each of which is published as soon as it is whole.
enum class item_format {
    ndjson,       ///< `application/x-ndjson`: a JSON object with the fields of an event on each line
    lines,        ///< `text/plain`: each line is the data of an event
    event_stream, ///< `text/event-stream`: each block of a stream is an event
};

/// What a request says of the items in its body (`item_reader`).
struct item_terms {
    /// What the content type is.
    item_format format = item_format::ndjson;
    /// What the query gives: each item is like this where it says nothing else. It has no id.
    event defaults{};
    /// Whether events of a stream keep their ids (`keep_ids`).
    bool keep_ids = false;
    /// Whether the topics of `defaults` are closed when the body has ended in order (`end`).
    bool closes_topics = false;
    /// What the publisher may publish to; empty: everything. The query does not say.
    publish_rights rights{};
};

/// Whether the query has the field `stream`, by which a request asks that items be published while its body arrives.
[[nodiscard]] SLUICE_EXPORT bool asks_for_items(std::string_view query);

/// Reads what such a request says of its items; its body is not looked at. Problems: 400 that names what is wrong with
/// the query, 415.
[[nodiscard]] SLUICE_EXPORT expected<item_terms> parse_item_terms(publish_input const& in);

/// @cond internal
/// Reads an item that is a JSON object. A problem's detail begins with `where`.
[[nodiscard]] expected<event> parse_json_item(std::string_view text, std::string_view where, event const& defaults);
/// @endcond

/// Reads the one session that a request names in its query, form or JSON. Problems: 400, 415.
[[nodiscard]] SLUICE_EXPORT expected<std::string> parse_session(publish_input const& in);

} // namespace sluice
