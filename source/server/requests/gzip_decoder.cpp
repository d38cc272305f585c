#include "gzip_decoder.hpp"

#include <new>

namespace sluice::server {
namespace {

/// Makes zlib read gzip only.
constexpr int gzip_window_bits = 16 + MAX_WBITS;

} // namespace

gzip_decoder::gzip_decoder()
{
    if (::inflateInit2(&stream_, gzip_window_bits) != Z_OK) {
        throw std::bad_alloc{};
    }
}

gzip_decoder::~gzip_decoder() { ::inflateEnd(&stream_); }

std::optional<std::size_t> gzip_decoder::unpack(std::string_view packed, std::string& to, std::size_t most)
{
    auto const before = to.size();
    to.resize(before + most);
    // zlib's input pointer is non-const only for old compilers.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream_.avail_in = static_cast<uInt>(packed.size());
    stream_.next_out = reinterpret_cast<Bytef*>(to.data() + before);
    stream_.avail_out = static_cast<uInt>(most);
    int result = Z_OK;
    do {
        auto const left = stream_.avail_in;
        result = ::inflate(&stream_, Z_NO_FLUSH);
        if (result == Z_STREAM_END) {
            // Another member may follow.
            result = ::inflateReset(&stream_);
            is_whole_ = true;
        } else if (stream_.avail_in != left) {
            is_whole_ = false;
        }
    } while (result == Z_OK && stream_.avail_in != 0 && stream_.avail_out != 0);
    has_more_ = stream_.avail_out == 0;
    to.resize(before + most - stream_.avail_out);
    // Without progress zlib needs more input, which is not an error.
    bool const is_good = result == Z_OK || result == Z_BUF_ERROR;
    return is_good ? std::optional{packed.size() - stream_.avail_in} : std::nullopt;
}

} // namespace sluice::server
