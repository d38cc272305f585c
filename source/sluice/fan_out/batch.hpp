#pragma once

#include <sluice/export.hpp>
#include <sluice/fan_out/window.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Whole frames one behind the other, ready for one write: what takes a session from one position to another.
///
/// Sessions at the same position share it. The bytes stand in an HTTP chunk (RFC 9112, section 7.1) of which a stream
/// without chunks takes the payload alone. Confined to the shard's thread.
class SLUICE_EXPORT batch : public boost::intrusive_ref_counter<batch, boost::thread_unsafe_counter> {
public:
    /// Gathers the frames, live or as replayed.
    batch(std::span<frame const* const> frames, bool replayed, position to);

    /// The bytes as one HTTP/1.1 chunk, its size line and line end included.
    [[nodiscard]] std::string_view chunk() const noexcept { return std::string_view{bytes_}.substr(begin_); }
    /// The events' blocks alone.
    [[nodiscard]] std::string_view payload() const noexcept;
    /// How many events it has: at least one.
    [[nodiscard]] std::size_t events() const noexcept { return sequences_.size(); }
    /// When the first of them was published.
    [[nodiscard]] std::chrono::system_clock::time_point oldest() const noexcept { return oldest_; }
    /// Whether its events carry the comment that says when they were published.
    [[nodiscard]] bool replayed() const noexcept { return replayed_; }
    /// Whether the batch is made of just these frames and takes a session to just that position.
    [[nodiscard]] bool same_as(std::span<frame const* const> frames, bool replayed, position to) const noexcept;
    /// The position behind the batch.
    [[nodiscard]] position to() const noexcept { return to_; }

private:
    std::string bytes_;
    std::size_t begin_ = 0;
    std::size_t payload_begin_ = 0;
    /// The places of the frames.
    std::vector<std::uint64_t> sequences_;
    std::chrono::system_clock::time_point oldest_;
    position to_;
    bool replayed_;
};
/// Shared by the clients that are at one position; its count is not atomic, so it stays on the shard's thread.
using batch_ptr = boost::intrusive_ptr<batch const>;

/// A batch stops at the first frame with which it has so many bytes.
inline constexpr std::size_t batch_bytes = std::size_t{64} << 10U;

/// @cond internal
/// The batches made last: for sessions that follow the whole log and stand at the same position, and for those with
/// filters that let the same events through.
class batch_cache {
public:
    struct key {
        std::uint64_t from;  ///< the ordinal at which the batch begins
        std::uint64_t until; ///< the sequence after which it has nothing
        bool replayed;

        friend bool operator==(key const&, key const&) = default;
    };

    /// The batch made for the key, unless the log has gone on since and the batch could now hold more.
    [[nodiscard]] batch_ptr find(key const& k, position head) const noexcept;
    /// Keeps a batch; `complete` says that no later event can make it longer.
    void store(key const& k, batch_ptr r, bool complete) noexcept;
    /// A batch made of just these frames, by whatever way a session came to them.
    [[nodiscard]] batch_ptr find_same(std::span<frame const* const> frames, bool replayed, position to) const noexcept;
    void store(batch_ptr r) noexcept;

    void clear() noexcept { *this = {}; }

private:
    struct entry {
        key made_for{};
        batch_ptr value;
        bool complete = false;
    };
    std::array<entry, 4> entries_;
    std::size_t next_ = 0;
    std::array<batch_ptr, 4> filtered_;
    std::size_t next_filtered_ = 0;
};
/// @endcond

} // namespace sluice
