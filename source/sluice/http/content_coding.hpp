#pragma once

#include <sluice/export.hpp>

#include <cstdint>
#include <string_view>

namespace sluice {

/// The content coding of a message.
enum class content_coding : std::uint8_t {
    none,
    gzip,
    /// One that cannot be decoded.
    other,
};

/// The coding that a `Content-Encoding` names (RFC 9110, section 8.4); `identity` counts as none, `x-gzip` as `gzip`.
[[nodiscard]] SLUICE_EXPORT content_coding coding_of(std::string_view content_encoding) noexcept;

} // namespace sluice
