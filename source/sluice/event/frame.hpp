#pragma once

#include <sluice/event/event.hpp>
#include <sluice/event/event_id.hpp>
#include <sluice/export.hpp>
#include <sluice/session/session_id.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace sluice {

class frame;
/// What a place in the order of events holds.
enum class frame_kind : std::uint8_t {
    event,
    /// No event: a topic is closed from here on.
    topic_end,
    /// No event: a topic is open again, and its events up to here are not replayed any more.
    topic_forgotten,
};
using shared_frame = boost::intrusive_ptr<frame const>;

/// An event's bytes as they go out on every stream, made once (WHATWG HTML, "Parsing an event stream").
///
/// One block of memory has both forms of the event: live, and replayed, which begins with one comment line more,
/// `: replayed <RFC 3339 time of publishing>`. Everything but the `id` line is encoded before the event has its place
/// in the order, so that taking the place stays short; `stamp` then writes the id into the room left for it:
/// `[room][comment][id line][event line][retry line][data lines][LF]`. The topics, which no stream shows, lie behind
/// that, each as its length in two bytes and its text.
///
/// Immutable once it is stamped, and therefore safe from any thread.
class SLUICE_EXPORT frame {
public:
    /// Encodes a valid event for the given sessions; an empty list means all sessions.
    [[nodiscard]] static boost::intrusive_ptr<frame> make(event const& e, std::vector<session_id> targets,
                                                          std::chrono::system_clock::time_point published);

    /// A place that closes or forgets the topic.
    [[nodiscard]] static boost::intrusive_ptr<frame> make_mark(frame_kind kind, std::string topic,
                                                               std::chrono::system_clock::time_point published);

    frame(frame const&) = delete;
    frame& operator=(frame const&) = delete;

    /// Gives the event its place. Called once, before any other thread sees the frame.
    void stamp(event_id place) noexcept;

    [[nodiscard]] event_id place() const noexcept { return place_; }
    [[nodiscard]] std::uint64_t sequence() const noexcept { return place_.lo; }

    /// The id on the wire: the publisher's own if there is one, else the place.
    [[nodiscard]] std::string_view id() const noexcept;
    [[nodiscard]] bool has_own_id() const noexcept { return own_id_size_ != 0; }
    /// `message` when the event has no type of its own.
    [[nodiscard]] std::string_view type() const noexcept;
    [[nodiscard]] std::chrono::system_clock::time_point published() const noexcept { return published_; }
    /// How many topics the event has.
    [[nodiscard]] std::size_t topic_count() const noexcept { return topic_count_; }
    /// Calls `f(std::string_view)` for each topic, in the order in which the publisher gave them.
    template <class F>
    void for_each_topic(F f) const;
    [[nodiscard]] frame_kind kind() const noexcept { return kind_; }
    /// Whether the place holds no event.
    [[nodiscard]] bool is_mark() const noexcept { return kind_ != frame_kind::event; }
    /// Whether its topics are closed behind it.
    [[nodiscard]] bool closes_topics() const noexcept { return is_last_ || kind_ == frame_kind::topic_end; }
    /// Whether only sessions whose grant allows one of the topics may have the event.
    [[nodiscard]] bool is_private() const noexcept { return is_private_; }
    /// From when on the event is not replayed any more; the clock's end if that never comes.
    [[nodiscard]] std::chrono::system_clock::time_point expires() const noexcept { return expires_; }
    [[nodiscard]] bool has_ttl() const noexcept { return expires_ != std::chrono::system_clock::time_point::max(); }
    /// `event::keep`.
    [[nodiscard]] std::uint32_t keep() const noexcept { return keep_; }
    [[nodiscard]] std::span<session_id const> targets() const noexcept { return targets_; }
    [[nodiscard]] bool is_broadcast() const noexcept { return !is_mark() && targets_.empty(); }
    /// Whether one of the targets may still get the event. Safe from any thread.
    [[nodiscard]] bool is_wanted() const noexcept { return targets_left_.load(std::memory_order_relaxed) != 0; }
    /// One of the targets will not get the event any more: it is unknown, or has ended. Once for each target, which has
    /// let go of the event; safe from any thread.
    void note_target_gone() const noexcept { targets_left_.fetch_sub(1, std::memory_order_relaxed); }

    /// The event's block.
    [[nodiscard]] std::string_view live() const noexcept;
    /// The event's block with the comment that has the time of publishing.
    [[nodiscard]] std::string_view replayed() const noexcept;
    [[nodiscard]] std::string_view bytes(bool as_replayed) const noexcept { return as_replayed ? replayed() : live(); }
    /// The bytes of memory that the frame occupies.
    [[nodiscard]] std::size_t footprint() const noexcept
    {
        return sizeof(frame) + capacity_ + topics_size_ + targets_.size() * sizeof(session_id);
    }

    /// The event that was encoded.
    [[nodiscard]] event to_event(bool as_replayed) const;

    friend void intrusive_ptr_add_ref(frame const* f) noexcept { add_refs(f, 1); }
    SLUICE_EXPORT friend void intrusive_ptr_release(frame const* f) noexcept;
    /// Adds `count` owners in one step: one for each shard that reads the ring.
    friend void add_refs(frame const* f, std::uint32_t count) noexcept
    {
        f->refs_.fetch_add(count, std::memory_order_relaxed);
    }

private:
    /// Where the parts of the block end.
    struct layout {
        std::size_t body;
        std::size_t capacity;
        std::size_t topics;
    };
    frame(event const& e, std::vector<session_id> targets, std::chrono::system_clock::time_point published,
          layout const& l);
    ~frame() = default;

    [[nodiscard]] char* block() noexcept { return reinterpret_cast<char*>(this + 1); }
    [[nodiscard]] char const* block() const noexcept { return reinterpret_cast<char const*>(this + 1); }

    mutable std::atomic<std::uint32_t> refs_{0};
    mutable std::atomic<std::uint32_t> targets_left_;
    // Offsets into the block that follows the object: [room][comment][id line][event line][retry line][data lines][LF]
    // [topics].
    std::uint32_t begin_ = 0;
    std::uint32_t body_;
    std::uint32_t capacity_;
    std::uint32_t topics_size_;
    std::uint16_t own_id_size_;
    std::uint16_t type_size_;
    std::uint8_t topic_count_;
    bool is_private_;
    bool is_last_;
    frame_kind kind_ = frame_kind::event;
    std::uint32_t keep_;
    event_id place_;
    std::chrono::system_clock::time_point published_;
    std::chrono::system_clock::time_point expires_;
    std::vector<session_id> targets_;
};

template <class F>
void frame::for_each_topic(F f) const
{
    char const* next = block() + capacity_;
    for (unsigned i = 0; i != topic_count_; ++i) {
        std::uint16_t size = 0;
        std::memcpy(&size, next, sizeof size);
        next += sizeof size;
        f(std::string_view{next, size});
        next += size;
    }
}

/// The time in UTC with milliseconds, as RFC 3339 writes it: `2026-01-31T09:30:00.125Z`.
[[nodiscard]] SLUICE_EXPORT std::string format_time(std::chrono::system_clock::time_point time);

} // namespace sluice
