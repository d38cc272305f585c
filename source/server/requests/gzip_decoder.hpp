#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <zlib.h>

namespace sluice::server {

/// Unpacks gzip (RFC 1952), of one member or several, a piece at a time.
class gzip_decoder {
public:
    /// Throws `std::bad_alloc`.
    gzip_decoder();
    ~gzip_decoder();
    gzip_decoder(gzip_decoder const&) = delete;
    gzip_decoder& operator=(gzip_decoder const&) = delete;

    /// Appends at most `most` bytes to `to`, unpacked from the front of `packed`, and returns how many bytes of
    /// `packed` that took; nothing when it is not gzip.
    [[nodiscard]] std::optional<std::size_t> unpack(std::string_view packed, std::string& to, std::size_t most);

    /// Whether more may be unpacked of what was taken: `to` had no room for it.
    [[nodiscard]] bool has_more() const noexcept { return has_more_; }
    /// Whether what was unpacked is whole.
    [[nodiscard]] bool is_whole() const noexcept { return is_whole_; }

    /// What one of them costs, about: the window and what zlib needs beside it.
    static constexpr std::size_t footprint = std::size_t{44} << 10U;

private:
    z_stream stream_{};
    bool has_more_ = false;
    bool is_whole_ = true;
};

} // namespace sluice::server
