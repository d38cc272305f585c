#pragma once

#include "chunk_decoder.hpp"
#include "gzip_decoder.hpp"
#include <sluice/http/problem.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::server {

/// What is to become of a body.
struct body_terms {
    /// The most bytes that it may have, as it comes and unpacked.
    std::size_t limit = 0;
    /// Whether it is wanted; else it is read and forgotten.
    bool kept = true;
    /// Whether it is gzip, to be unpacked.
    bool packed = false;
};

/// Takes in the body of one request, without any I/O.
class body_reader {
public:
    /// A body of so many bytes, or, without a length, a chunked one.
    explicit body_reader(std::optional<std::uint64_t> length) : length_{length}, left_{length.value_or(0)} {}

    /// Says what is to become of it; before the first `read`.
    void set(body_terms terms);

    enum class progress {
        need_more,  ///< all that was given is taken, and the body goes on
        wants_turn, ///< there is more to do at once, but others should have their turn first
        complete,
    };

    /// Takes what belongs to the body off the front of `from`. Problems, after which the connection ends: 413 for a
    /// body that is too long, and those of a broken framing.
    [[nodiscard]] expected<progress> read(std::string_view& from);

    /// What is wrong with a body that is well framed: it is not gzip, though it says so.
    [[nodiscard]] std::optional<problem> const& unreadable() const noexcept { return unreadable_; }
    /// How much memory the body takes.
    [[nodiscard]] std::size_t footprint() const noexcept;
    /// The whole body.
    [[nodiscard]] std::string take() { return std::move(body_); }

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
