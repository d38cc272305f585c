#pragma once

#include <doctest/doctest.h>

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {

/// Reads the chunked coding of HTTP (RFC 9112, section 7.1), bytes in any pieces: an independent witness of
/// what the library writes. Strict: no extensions, no trailers.
class chunk_reader {
public:
    void feed(std::string_view bytes)
    {
        waiting_ += bytes;
        while (step()) {
        }
    }

    [[nodiscard]] std::string const& body() const { return body_; }
    /// The payload of each whole chunk.
    [[nodiscard]] std::vector<std::string> const& chunks() const { return chunks_; }
    /// The last chunk was seen, and nothing stands behind it.
    [[nodiscard]] bool complete() const { return last_ && waiting_.empty(); }
    /// The bytes end where a chunk does.
    [[nodiscard]] bool between_chunks() const { return waiting_.empty(); }

private:
    bool step()
    {
        auto const line_end = waiting_.find("\r\n");
        if (last_ || line_end == std::string::npos) {
            return false;
        }
        std::size_t size = 0;
        auto const [end, ec] = std::from_chars(waiting_.data(), waiting_.data() + line_end, size, 16);
        REQUIRE(ec == std::errc{});
        REQUIRE(end == waiting_.data() + line_end);
        if (waiting_.size() < line_end + 2 + size + 2) {
            return false;
        }
        REQUIRE(waiting_.substr(line_end + 2 + size, 2) == "\r\n");
        last_ = size == 0;
        if (!last_) {
            chunks_.push_back(waiting_.substr(line_end + 2, size));
            body_ += chunks_.back();
        }
        waiting_.erase(0, line_end + 2 + size + 2);
        return true;
    }

    std::string waiting_;
    std::string body_;
    std::vector<std::string> chunks_;
    bool last_ = false;
};

/// The body that the chunks carry; they are whole.
[[nodiscard]] inline std::string body_of(std::string_view chunks)
{
    chunk_reader reader;
    reader.feed(chunks);
    CHECK(reader.between_chunks());
    return reader.body();
}

} // namespace sluice::test
