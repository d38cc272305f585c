#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::load {

/// What a publisher's body says, as far as the floor reads it.
struct published {
    std::string_view type;
    std::string_view data;
};

/// The `type` and `data` strings of a flat JSON body, or the whole body as `data` when it has no such `data`.
/// Nothing when that is not one line: the floor splits no data, so it refuses what would break the stream.
std::optional<published> read_published(std::string_view body);

/// The bytes of an event that every subscriber gets: the same fields as sluice writes, so that both send equally much.
std::string make_event(std::string_view id, const published& event);

/// One HTTP chunk (RFC 9112, section 7.1).
std::string make_chunk(std::string_view content);

/// The head of every stream with a first chunk: the `connected` event, with the `retry` and `id` fields.
std::string make_stream_start(std::string_view position);

/// An id in the form `<hi>-<lo>`.
std::string make_id(std::uint64_t hi, std::uint64_t lo);

} // namespace sluice::load
