#include <support/gzip.hpp>

#include <support/failure.hpp>

#include <array>

#include <zlib.h>

namespace sluice::test {

std::string gzip(std::string_view bytes)
{
    constexpr int gzip_format = 16;
    constexpr int memory_level = 8;
    z_stream stream{};
    ::deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_format + MAX_WBITS, memory_level, Z_DEFAULT_STRATEGY);
    std::string input(bytes);
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    std::string packed;
    std::array<char, 4096> piece{};
    int result = Z_OK;
    while (result == Z_OK) {
        stream.next_out = reinterpret_cast<Bytef*>(piece.data());
        stream.avail_out = static_cast<uInt>(piece.size());
        result = ::deflate(&stream, Z_FINISH);
        packed.append(piece.data(), piece.size() - stream.avail_out);
    }
    ::deflateEnd(&stream);
    if (result != Z_STREAM_END) {
        fail("bytes that are packed", "an error of zlib");
    }
    return packed;
}

} // namespace sluice::test
