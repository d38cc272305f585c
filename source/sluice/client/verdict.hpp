#pragma once

#include <sluice/client/response_reader.hpp>
#include <sluice/http/content_coding.hpp>

#include <cstdint>
#include <string_view>

namespace sluice {

/// What a response means for an event source (WHATWG HTML, 9.2.3 "Processing model").
enum class verdict : std::uint8_t {
    /// The response is a stream.
    open,
    /// The server wants no reconnection (204).
    end,
    /// The stream is at another URL.
    redirect,
    /// There is no stream now, but there may be one later.
    retry,
    /// The response is 200, but not a stream.
    no_stream,
    /// There is no stream, now or later.
    fail,
};

/// Judges a response by the standard's rules, which have no `retry`. If `strict`, `fail` takes its place.
[[nodiscard]] verdict judge(response_head const& head, bool strict) noexcept;

/// Whether the media type is `text/event-stream`, with any parameters.
[[nodiscard]] bool is_event_stream(std::string_view content_type) noexcept;

} // namespace sluice
