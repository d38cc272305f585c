#pragma once

#include <sluice/error.hpp>
#include <sluice/export.hpp>

#include <boost/container/static_vector.hpp>

#include <cstddef>
#include <cstdint>

namespace sluice {

/// What is to be done when a stream ends.
enum class end_action : std::uint8_t {
    /// The session's position moves to what its connection was sent, if that waits for events.
    settle,
    /// Of a begun batch, the events that were written whole count as delivered.
    note_written,
    /// What is left of that batch goes out before any last words.
    finish_batch,
    /// The event `shutdown` goes out.
    say_shutdown,
    /// The event `token-expired` goes out, which says that the token has expired.
    say_expired,
    /// The event `token-expired` goes out, which says that the token was revoked.
    say_revoked,
    /// The event `topic-end` goes out.
    say_topic_end,
    /// The body ends in good order.
    end_body,
    /// Nothing more goes out: what was to be written is let go of.
    fall_silent,
    /// The connection is closed; what was written still goes out.
    close,
    /// The connection is closed; what the peer has not taken is thrown away, with the memory that it holds.
    reset,
    /// The end is reported, and the session lets go of the connection: it collects from now on, or goes on with another
    /// one.
    let_go,
    /// The coroutine that waits for events is resumed with the reason. It may destroy the connection.
    resume,
};

/// What is to be done, in this order.
using end_actions = boost::container::static_vector<end_action, 8>;

/// How a stream stands when its end begins.
struct stream_standing {
    /// A batch is begun of which a part is written.
    bool has_begun = false;
    /// The peer takes nothing.
    bool is_stuck = false;
};

/// The end of one stream, decided without any I/O: an event comes in, the actions to take come out. `client::end`
/// carries them out.
///
/// A stream is open, then has last words to write, and then is over; some reasons skip the last words. Example: a drain
/// of a stream whose peer has taken half of a batch gives `settle`, `note_written`, `finish_batch`, `say_shutdown`,
/// `end_body`, `let_go`, `resume`. When the peer does not take these words in time, `cut_off` gives `fall_silent`,
/// `reset`.
class SLUICE_EXPORT stream_end {
public:
    /// The end begins for the reason. Nothing is to be done when it has begun before: the first reason stands.
    [[nodiscard]] end_actions begin(end_reason why, stream_standing how);
    /// The last words cannot be written: memory is too short for them, or their time is over.
    [[nodiscard]] static end_actions cut_off();
    [[nodiscard]] bool has_begun() const noexcept { return has_begun_; }

private:
    bool has_begun_ = false;
};

} // namespace sluice
