#pragma once

#include "opening.hpp"
#include "reference.hpp"
#include "settings.hpp"
#include "wire_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

namespace sluice::model {

class wire;

/// What the response's head must say beside the session.
struct head_expectation {
    bool http_1_1 = true;
    bool sets_cookie = false;
};

/// Checks all that comes on one connection against the reference, and notes what the session has got. Throws `failure`.
class stream_check {
public:
    stream_check(reference const& events, settings const& s, opening o);

    void expect_head(head_expectation e) noexcept { head_ = e; }
    /// Reads what has come since.
    void read(wire const& w);
    /// The hub has nothing more to do and the peer takes everything: all that is for the session has come.
    void check_complete();
    /// All events up to here were published, and every stream has been told of them.
    void note_quiet(std::uint64_t head) noexcept { quiet_ = head; }
    /// The hub knows that how the connection began was written.
    [[nodiscard]] bool was_told() const noexcept { return was_told_; }
    /// The stream's one topic was closed there.
    void note_topic_end(std::uint64_t place) noexcept { ends_behind_ = ends_behind_ == 0 ? place : ends_behind_; }
    [[nodiscard]] bool comes_to_end() const noexcept { return ends_behind_ != 0; }
    /// Whether `topic-end` has come.
    [[nodiscard]] bool topic_ended() const noexcept { return phase_ == phase::topic_ended; }
    [[nodiscard]] opening const& began() const noexcept { return opening_; }
    /// The session has let go of the connection: what comes yet is the client's, but does not count for the session.
    void let_go() noexcept { counts_ = false; }
    /// The stream ended by order, after its last words.
    void check_ended(bool with_shutdown) const;

    [[nodiscard]] wire_reader const& bytes() const noexcept { return reader_; }
    /// Whether all that was to be replayed has come.
    [[nodiscard]] bool is_live() const noexcept { return phase_ == phase::live; }

private:
    enum class phase : std::uint8_t { connected, told, replay, replay_end, live, topic_ended, shut_down };

    void check_head() const;
    void on_block(block const& b);
    void on_connected(block const& b);
    void on_told(block const& b);
    void on_replayed(block const& b);
    void on_live(block const& b);
    [[nodiscard]] bool on_heartbeat(block const& b);
    [[nodiscard]] bool on_topic_end(block const& b);
    /// Up to where events come.
    [[nodiscard]] std::uint64_t last() const { return ends_behind_ == 0 ? events_.head() : ends_behind_; }
    void begin_replay();
    void note_event(std::uint64_t place, std::size_t end);
    void note_acknowledged(wire const& w);
    void note_seen(std::string id);
    [[nodiscard]] std::uint64_t next_after(std::uint64_t place, std::uint64_t until) const;
    [[nodiscard]] std::uint64_t first_replayed_at_most() const;

    reference const& events_;
    settings const& settings_;
    opening opening_;
    session_handle session_;
    head_expectation head_;
    wire_reader reader_;
    phase phase_ = phase::connected;
    begun begun_;
    /// The blocks that must come next, before any event.
    std::deque<std::string> told_;
    std::uint64_t replay_left_ = 0;
    /// The event that came last, or the place behind which events come.
    std::uint64_t cursor_ = 0;
    bool replayed_any_ = false;
    bool counts_ = true;
    /// The stream ends behind this place, if it is not 0, because its topic is closed.
    std::uint64_t ends_behind_ = 0;
    /// How the connection began was written whole up to here; and the hub knows it.
    std::size_t told_end_ = 0;
    bool was_told_ = false;
    std::uint64_t quiet_ = 0;
    /// Events that came in a batch of which the hub may not know yet that it was written.
    struct unknown_event {
        std::uint64_t place;
        std::size_t end;
    };
    std::deque<unknown_event> unknown_;
};

} // namespace sluice::model
