#pragma once

#include <support/failure.hpp>

#include <string>
#include <string_view>

#include <zlib.h>

namespace sluice::test {

/// Codes text by gzip as servers do, with zlib. Link ZLIB::ZLIB.
class gzip_encoder {
public:
    gzip_encoder()
    {
        constexpr int with_gzip_head = 16;
        if (::deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + with_gzip_head, 8,
                           Z_DEFAULT_STRATEGY) != Z_OK) {
            fail("zlib to begin", "an error");
        }
    }
    ~gzip_encoder() { ::deflateEnd(&stream_); }
    gzip_encoder(gzip_encoder const&) = delete;
    gzip_encoder& operator=(gzip_encoder const&) = delete;

    /// With a sync flush: all of the text can be had from what this gives.
    std::string flush(std::string_view text) { return code(text, Z_SYNC_FLUSH); }
    /// With the end and the trailer.
    std::string finish(std::string_view text) { return code(text, Z_FINISH); }

private:
    std::string code(std::string_view text, int how)
    {
        std::string in{text};
        stream_.next_in = reinterpret_cast<Bytef*>(in.data());
        stream_.avail_in = static_cast<uInt>(in.size());
        std::string out;
        do {
            auto const had = out.size();
            out.resize(had + 4096);
            stream_.next_out = reinterpret_cast<Bytef*>(out.data() + had);
            stream_.avail_out = 4096;
            (void)::deflate(&stream_, how); // without room it says so, and goes on
            out.resize(out.size() - stream_.avail_out);
        } while (stream_.avail_out == 0);
        return out;
    }

    z_stream stream_{};
};

} // namespace sluice::test
