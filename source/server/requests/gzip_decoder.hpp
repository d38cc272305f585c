#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <zlib.h>

namespace sluice::server {

/// Unpacks gzip (RFC 1952) with one or several members, piece by piece.
class gzip_decoder {
public:
    /// Throws `std::bad_alloc`.
    gzip_decoder();
    ~gzip_decoder();
    gzip_decoder(gzip_decoder const&) = delete;
    gzip_decoder& operator=(gzip_decoder const&) = delete;

    /// Unpacks the front of `packed`, appends at most `most` bytes to `to`, and returns how many bytes of `packed` were
    /// consumed; nothing if it is not gzip.
    [[nodiscard]] std::optional<std::size_t> unpack(std::string_view packed, std::string& to, std::size_t most);

    /// Whether there may be more output for the consumed input, for which `to` had no room.
    [[nodiscard]] bool has_more() const noexcept { return has_more_; }
    /// Whether the input ends with a complete member.
    [[nodiscard]] bool is_whole() const noexcept { return is_whole_; }

    /// Roughly the memory of one decoder: zlib's window and the rest of its state.
    static constexpr std::size_t footprint = std::size_t{44} << 10U;

private:
    z_stream stream_{};
    bool has_more_ = false;
    bool is_whole_ = true;
};

} // namespace sluice::server
