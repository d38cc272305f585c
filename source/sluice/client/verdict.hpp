#pragma once

#include <sluice/client/response_reader.hpp>

#include <cstdint>
#include <string_view>

namespace sluice {

/// How a response's content is coded.
enum class content_coding : std::uint8_t {
    none,
    gzip,
    /// So that it cannot be read.
    other,
};

/// What a response means for an event source (WHATWG HTML, 9.2.3 "Processing model").
enum class verdict : std::uint8_t {
    /// It is a stream.
    open,
    /// The server wants no reconnection (204).
    end,
    /// It is elsewhere.
    redirect,
    /// It is not to be had now.
    retry,
    /// It is no stream: 200 with another content.
    no_stream,
    /// It is not to be had.
    fail,
};

/// The standard's rules, but that `retry` is none of them: when `strict`, those statuses are `fail`.
[[nodiscard]] verdict judge(response_head const& head, bool strict) noexcept;

/// What a `Content-Encoding` says (RFC 9110, section 8.4); `identity` is no coding.
[[nodiscard]] content_coding coding_of(std::string_view content_encoding) noexcept;

/// Whether the media type is `text/event-stream`, whatever its parameters.
[[nodiscard]] bool is_event_stream(std::string_view content_type) noexcept;

} // namespace sluice
