#include <sluice/client/gzip_decoder.hpp>

#include <boost/beast/zlib/error.hpp>
#include <boost/beast/zlib/inflate_stream.hpp>

#include <algorithm>
#include <array>

namespace sluice {
namespace {

namespace zlib = boost::beast::zlib;

constexpr std::size_t fixed_bytes = 10;
constexpr std::size_t trailer_bytes = 8;

// RFC 1952, section 2.3.1, FLG.
constexpr std::uint8_t flag_check = 0x02;
constexpr std::uint8_t flag_extra = 0x04;
constexpr std::uint8_t flag_name = 0x08;
constexpr std::uint8_t flag_comment = 0x10;
constexpr std::uint8_t flags_reserved = 0xE0;

} // namespace

/// Beast's inflate, which adds no dependency, and room for its output.
struct gzip_decoder::inflation {
    zlib::inflate_stream stream;
    std::array<char, std::size_t{16} << 10U> text;
    /// Whether the output filled the room, so that there may be more without further input.
    bool more = false;
};

gzip_decoder::gzip_decoder() : inflation_{std::make_unique<inflation>()} {}
gzip_decoder::~gzip_decoder() = default;

std::string_view gzip_decoder::next(std::string_view& input)
{
    std::string_view text;
    while (text.empty() && !failed_ && (!input.empty() || inflation_->more)) {
        if (part_ < part::deflated) {
            take_head(input);
        } else if (part_ == part::deflated) {
            text = inflate(input);
        } else {
            take_trailer(input);
        }
    }
    return text;
}

void gzip_decoder::take_head(std::string_view& input)
{
    while (part_ < part::deflated && !failed_ && !input.empty()) {
        on_head_byte(static_cast<std::uint8_t>(input.front()));
        input.remove_prefix(1);
    }
}

void gzip_decoder::on_head_byte(std::uint8_t byte)
{
    ++bytes_;
    switch (part_) {
    case part::fixed:
        on_fixed_byte(byte);
        break;
    case part::extra_size:
        extra_size_ |= std::size_t{byte} << (8U * (bytes_ - 1));
        if (bytes_ == 2) {
            begin(extra_size_ == 0 ? part::name : part::extra);
        }
        break;
    case part::extra:
        if (bytes_ == extra_size_) {
            begin(part::name);
        }
        break;
    case part::name:
    case part::comment:
        if (byte == 0) {
            begin(part_ == part::name ? part::comment : part::check);
        }
        break;
    case part::check:
        if (bytes_ == 2) {
            begin(part::deflated);
        }
        break;
    case part::deflated:
    case part::trailer:
        break;
    }
}

void gzip_decoder::on_fixed_byte(std::uint8_t byte)
{
    static constexpr std::array<std::uint8_t, 3> magic{0x1F, 0x8B, 8};
    if (bytes_ <= magic.size()) {
        failed_ = byte != magic[bytes_ - 1];
    } else if (bytes_ == magic.size() + 1) {
        flags_ = byte;
        failed_ = (flags_ & flags_reserved) != 0;
    } else if (bytes_ == fixed_bytes) {
        begin(part::extra_size);
    }
}

/// Begins the part, or the next one if the member has no part of this kind.
void gzip_decoder::begin(part p)
{
    auto const has = [this](std::uint8_t flag) { return (flags_ & flag) != 0; };
    bytes_ = 0;
    part_ = p;
    if (part_ == part::extra_size && !has(flag_extra)) {
        part_ = part::name;
    }
    if (part_ == part::name && !has(flag_name)) {
        part_ = part::comment;
    }
    if (part_ == part::comment && !has(flag_comment)) {
        part_ = part::check;
    }
    if (part_ == part::check && !has(flag_check)) {
        part_ = part::deflated;
    }
    if (part_ == part::extra_size) {
        extra_size_ = 0;
    }
    if (part_ == part::deflated) {
        inflation_->stream.reset();
    }
}

std::string_view gzip_decoder::inflate(std::string_view& input)
{
    auto& [stream, text, more] = *inflation_;
    zlib::z_params z;
    z.next_in = input.data();
    z.avail_in = input.size();
    z.next_out = text.data();
    z.avail_out = text.size();
    boost::beast::error_code ec;
    stream.write(z, zlib::Flush::sync, ec);
    input.remove_prefix(input.size() - z.avail_in);
    more = !ec && z.avail_out == 0;
    if (ec == zlib::error::end_of_stream) {
        begin(part::trailer);
    } else {
        // This error only says that it needs more input or more room.
        failed_ = ec && ec != zlib::error::need_buffers;
    }
    return {text.data(), text.size() - z.avail_out};
}

/// Another member may follow.
void gzip_decoder::take_trailer(std::string_view& input)
{
    auto const taken = std::min(input.size(), trailer_bytes - bytes_);
    input.remove_prefix(taken);
    bytes_ += taken;
    if (bytes_ == trailer_bytes) {
        begin(part::fixed);
    }
}

} // namespace sluice
