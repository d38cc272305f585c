#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace sluice {

/// Decodes a gzip stream (RFC 1952) that comes in pieces of any size. Everything that the bytes so far encode is
/// returned at once, so that an event is there as soon as its sender has flushed it. A stream may have several members
/// and may break off anywhere. Checksums are not compared: when they arrive, the application already has the events.
///
/// It does no I/O.
class gzip_decoder {
public:
    gzip_decoder();
    gzip_decoder(gzip_decoder const&) = delete;
    gzip_decoder& operator=(gzip_decoder const&) = delete;
    ~gzip_decoder();

    /// Consumes input and returns the next piece of text, which is valid until the next call. If the piece is empty,
    /// all input was consumed or the decoder has failed.
    [[nodiscard]] std::string_view next(std::string_view& input);
    /// Whether the stream is not gzip. If so, nothing more is decoded.
    [[nodiscard]] bool failed() const noexcept { return failed_; }

private:
    /// What the next byte belongs to. The values before `deflated` are the parts of the header, in order.
    enum class part : std::uint8_t { fixed, extra_size, extra, name, comment, check, deflated, trailer };
    struct inflation;

    void take_head(std::string_view& input);
    void on_head_byte(std::uint8_t byte);
    void on_fixed_byte(std::uint8_t byte);
    void begin(part p);
    std::string_view inflate(std::string_view& input);
    void take_trailer(std::string_view& input);

    std::unique_ptr<inflation> inflation_;
    part part_ = part::fixed;
    /// How many bytes of the part there were so far.
    std::size_t bytes_ = 0;
    std::size_t extra_size_ = 0;
    std::uint8_t flags_ = 0;
    bool failed_ = false;
};

} // namespace sluice
