#pragma once

#include "chunk_decoder.hpp"
#include "gzip_decoder.hpp"
#include <sluice/http/problem.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::server {

/// How a body is to be treated.
struct body_terms {
    /// The most bytes that it may have, both as it arrives and unpacked.
    std::size_t limit = 0;
    /// Whether it is wanted; otherwise it is read and dropped.
    bool kept = true;
    /// Whether it is gzip and must be unpacked.
    bool packed = false;
    /// Whether it is taken in parts while it arrives (`request_reader::next_part`).
    bool in_parts = false;
};

/// Reads the body of one request. It does no I/O.
class body_reader {
public:
    /// A body of this length or, without a length, a chunked one.
    explicit body_reader(std::optional<std::uint64_t> length) : length_{length}, left_{length.value_or(0)} {}

    /// Sets how the body is treated. Called before the first `read`.
    void set(body_terms terms);

    enum class progress {
        need_more,  ///< all input is consumed, and the body continues
        wants_turn, ///< there is more work, but other work should have its turn first
        complete,
    };

    /// Consumes what belongs to the body from the front of `from`. Problems, after which the connection ends: 413 for a
    /// body that is too long, and 400 or 431 for broken framing.
    [[nodiscard]] expected<progress> read(std::string_view& from);

    /// What is wrong with a well-framed body: it claims to be gzip and is not.
    [[nodiscard]] std::optional<problem> const& unreadable() const noexcept { return unreadable_; }
    /// How much memory the body uses.
    [[nodiscard]] std::size_t footprint() const noexcept;
    /// The whole body, or what has arrived of it since the last call.
    [[nodiscard]] std::string take() { return std::exchange(body_, {}); }
    /// Whether it is taken in parts.
    [[nodiscard]] bool in_parts() const noexcept { return terms_.in_parts; }

private:
    [[nodiscard]] std::uint64_t data_left() const noexcept { return length_ ? left_ : chunks_.data_left(); }
    [[nodiscard]] bool is_complete() const noexcept { return length_ ? left_ == 0 : chunks_.is_complete(); }
    [[nodiscard]] std::size_t take_data(std::string_view data);
    [[nodiscard]] bool has_more_packed() const noexcept { return gzip_ && gzip_->has_more(); }
    void make_room(std::size_t bytes);

    std::optional<std::uint64_t> length_;
    std::uint64_t left_;
    chunk_decoder chunks_;
    body_terms terms_;
    std::uint64_t taken_ = 0;
    std::optional<gzip_decoder> gzip_;
    std::optional<problem> unreadable_;
    std::string body_;
};

} // namespace sluice::server
