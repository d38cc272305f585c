#pragma once

#include <sluice/export.hpp>
#include <sluice/fan_out/batch.hpp>

#include <string>
#include <string_view>

namespace sluice {

/// The chunk that ends a body (RFC 9112, section 7.1).
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

/// The batch's payload as one chunk, size line and line end included. They are written at the first call, into the
/// batch's own room, so that all streams share the chunk.
[[nodiscard]] SLUICE_EXPORT std::string_view chunk_of(batch const& b) noexcept;

/// Appends the text as one chunk.
SLUICE_EXPORT void append_chunk(std::string& out, std::string_view text);

} // namespace sluice
