#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace sluice {

/// Takes gzip off a stream (RFC 1952), in pieces of any size. All that the bytes so far say is given out at once, so
/// that an event is there as soon as its sender has flushed it. A stream may have several members, and may break off
/// anywhere. Checksums are not compared: by the time they come the events are with the application.
///
/// It does no I/O.
class gzip_decoder {
public:
    gzip_decoder();
    gzip_decoder(gzip_decoder const&) = delete;
    gzip_decoder& operator=(gzip_decoder const&) = delete;
    ~gzip_decoder();

    /// Takes bytes off the front of the input and gives the next piece of text, which is good until the next call;
    /// empty when there is none yet. Then all input is taken, or it has failed.
    [[nodiscard]] std::string_view next(std::string_view& input);
    /// The stream is no gzip; nothing is taken any more.
    [[nodiscard]] bool failed() const noexcept { return failed_; }

private:
    /// What the next byte belongs to. Those before `deflated` are the header's, in their order.
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
    /// Of the part.
    std::size_t bytes_ = 0;
    std::size_t extra_size_ = 0;
    std::uint8_t flags_ = 0;
    bool failed_ = false;
};

} // namespace sluice
