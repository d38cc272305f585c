#pragma once

#include <sluice/http/problem.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::server {

/// Parses the framing of a chunked body (RFC 9112, section 7.1). It does no I/O and holds no data. Each byte is
/// examined once, however small the pieces of the body are. Chunk extensions and trailer fields are checked and
/// dropped.
class chunk_decoder {
public:
    /// Parses the framing at the front of `bytes`, up to the next data or the end of the body, and returns how many
    /// bytes it has. Problems, after which nothing more can be read: 400 for broken framing, 431 for a long trailer.
    [[nodiscard]] expected<std::size_t> take_framing(std::string_view bytes);

    /// How many bytes of data come next; 0 if framing comes next or the body is complete.
    [[nodiscard]] std::uint64_t data_left() const noexcept { return data_left_; }
    /// Skips this many bytes of data, at most those that come next.
    void pass_data(std::uint64_t bytes) noexcept { data_left_ -= bytes; }

    [[nodiscard]] bool is_complete() const noexcept { return expected_ == line_kind::none; }

private:
    enum class line_kind { size, data_end, trailer, none };

    [[nodiscard]] problem wrong_line_end() const;
    [[nodiscard]] bool extend_line(std::string_view part);
    [[nodiscard]] expected<void> end_line();
    [[nodiscard]] expected<void> read_size(std::string_view line);
    [[nodiscard]] expected<void> check_lengths();

    line_kind expected_ = line_kind::size;
    std::uint64_t data_left_ = 0;
    /// The part of the current line that has arrived.
    std::string line_;
    /// Bytes of framing beyond what chunks of a reasonable size need.
    std::size_t excess_ = 0;
    std::size_t trailer_bytes_ = 0;
};

} // namespace sluice::server
