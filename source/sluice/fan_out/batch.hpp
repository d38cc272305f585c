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

/// Several whole frames, ready for one write, that take a session from one place in the log to another.
///
/// Sessions at the same position share a batch, and with it what a writer puts around the payload to frame it: there is
/// room for that on both sides, so that the framed bytes are in one piece too. Confined to the shard's thread.
class SLUICE_EXPORT batch : public boost::intrusive_ref_counter<batch, boost::thread_unsafe_counter> {
public:
    /// Gathers the frames, in their live or replayed form.
    batch(std::span<frame const* const> frames, bool replayed);
    batch(batch const&) = delete;
    batch& operator=(batch const&) = delete;
    ~batch() = default;

    /// The events' blocks.
    [[nodiscard]] std::string_view payload() const noexcept
    {
        return std::string_view{bytes_}.substr(head_room, bytes_.size() - head_room - tail_room);
    }
    /// The payload between the head and the tail that `frame_with` wrote; empty while it was not called.
    [[nodiscard]] std::string_view framed() const noexcept { return framed_; }
    /// Puts a head of at most `head_room` bytes in front of the payload and a tail of at most `tail_room` behind it.
    void frame_with(std::string_view head, std::string_view tail) const noexcept;
    /// How many events it has, at least one.
    [[nodiscard]] std::size_t events() const noexcept { return parts_.size(); }
    /// When the first of them was published.
    [[nodiscard]] std::chrono::system_clock::time_point oldest() const noexcept { return oldest_; }
    /// Whether its events have the comment with the time of publishing.
    [[nodiscard]] bool replayed() const noexcept { return replayed_; }
    /// Whether the batch consists of exactly these frames.
    [[nodiscard]] bool same_as(std::span<frame const* const> frames, bool replayed) const noexcept;
    /// The sequence of its last event.
    [[nodiscard]] std::uint64_t to() const noexcept { return parts_.back().sequence; }

    /// How many of its events are whole within so many bytes of the payload.
    [[nodiscard]] std::size_t whole_within(std::size_t payload_bytes) const noexcept;
    /// The sequence of an event. The index is below `events()`.
    [[nodiscard]] std::uint64_t sequence_at(std::size_t index) const noexcept { return parts_[index].sequence; }

    static constexpr std::size_t head_room = 10;
    static constexpr std::size_t tail_room = 2;

private:
    /// The payload, with room before and behind it.
    mutable std::string bytes_;
    mutable std::string_view framed_;
    /// An event: its place, and where it ends in the payload.
    struct part {
        std::uint64_t sequence;
        std::size_t end;
    };
    std::vector<part> parts_;
    std::chrono::system_clock::time_point oldest_;
    bool replayed_;
};
/// Shared by the clients at one position. Its count is not atomic, so it must stay on the shard's thread.
using batch_ptr = boost::intrusive_ptr<batch const>;

/// A batch ends with the first frame that brings it to this many bytes.
inline constexpr std::size_t batch_bytes = std::size_t{64} << 10U;

/// @cond internal
/// The last batches that were made: for sessions without a filter at the same position, and for sessions whose filters
/// let the same events through.
class batch_cache {
public:
    struct key {
        std::uint64_t from;  ///< how many broadcasts came before it
        std::uint64_t until; ///< the sequence after which it has nothing
        bool replayed;

        friend bool operator==(key const&, key const&) = default;
    };

    /// The batch made for the key, unless it could now hold more, because it does not reach to the newest broadcast.
    [[nodiscard]] batch_ptr find(key const& k, std::uint64_t newest_broadcast) const noexcept;
    /// Keeps a batch; `complete` says that no later event can make it longer.
    void store(key const& k, batch_ptr r, bool complete) noexcept;
    /// A batch that consists of exactly these frames, whatever it was made for.
    [[nodiscard]] batch_ptr find_same(std::span<frame const* const> frames, bool replayed) const noexcept;
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
