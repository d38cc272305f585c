#pragma once

#include <sluice/export.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <type_traits>

namespace sluice {

/// Errors are Boost.System's, as Asio's are.
using boost::system::error_code;
/// A value, or an `error_code` in its place, in which case `value()` throws `boost::system::system_error`.
using boost::system::result;

/// Why sluice refuses an operation, for example publishing an event, opening a stream or finding a session. Errors of
/// the operating system and of Asio have their own categories.
enum class errc {
    /// The type has a line end, a NUL or a comma, or is longer than 256 bytes.
    invalid_type = 1,
    /// The type is the name of a stream-control event.
    reserved_type,
    /// The id has a control character (C0 or DEL), begins or ends with a space or tab, or is longer than 256 bytes. A
    /// browser could not send it back.
    invalid_id,
    /// The id has the form `<hi>-<lo>`, which only the log assigns, or is `earliest`.
    reserved_id,
    /// The data, type, id or topic is not UTF-8.
    invalid_utf8,
    /// The topic is empty, is `*`, has a control character (C0 or DEL), or is longer than `max_topic_bytes`.
    invalid_topic,
    /// The event has more than `max_topics` topics.
    too_many_topics,
    /// The event is private but has no topic, so no grant could allow it.
    private_without_topic,
    /// The event is the last of its topics but has none.
    last_without_topic,
    /// The topic is closed (`event::last`): nothing is published to it, and a client that has seen its end gets no
    /// stream.
    topic_closed,
    /// `event::keep` is above `max_keep`, or the event has no topic of which events could be kept.
    invalid_keep,
    /// The data is longer than `log_config::max_event_bytes`.
    event_too_large,
    /// The ring has no room now, and the caller must not wait. A later attempt may succeed.
    ring_full,
    /// There are more events than `log_config::ring_size`, so they never fit at once, and the caller must not wait.
    too_many_events,
    /// The message names no session. (An event for everybody is broadcast.)
    no_target,
    /// None of the named sessions exists.
    unknown_session,
    /// The claim failed the ownership check.
    not_the_owner,
    /// The session reconnects too often.
    thrashing,
    /// There are `stream_config::max_connections` streams already.
    too_many_connections,
    /// There are `session_config::max_sessions` sessions already.
    too_many_sessions,
    /// The operation needs `session_config::reconnection`.
    reconnection_off,
    /// The broker is stopping or has stopped.
    stopped,
    /// An executor of the broker runs several handlers at once, or the caller's executor is not one of the broker's.
    wrong_executor,
    /// Memory is short. Nothing was done, and a later attempt may succeed.
    no_memory,
};

/// Why an open stream has ended. The session stays, unless it was `removed`, and can resume.
enum class end_reason {
    /// The peer closed or reset the connection.
    peer_closed = 1,
    /// The connection failed in another way, so it is not known what happened to the peer.
    connection_failed,
    /// `broker::async_disconnect` was called.
    disconnected,
    /// Another connection claimed the session.
    taken_over,
    /// The session was removed (`broker::async_remove`).
    removed,
    /// The client lagged or took nothing for too long.
    slow_consumer,
    /// The broker stops.
    shut_down,
    /// Memory is short, so an event for the stream could not be made or kept.
    no_memory,
    /// The client's grant has expired (`grant::expires`).
    grant_expired,
    /// The client's grant was withdrawn (`broker::async_revoke`).
    grant_revoked,
    /// The stream's one topic was closed (`event::last`), and the stream has sent what there was of it.
    topic_closed,
};

/// The category of `errc`, named "sluice": the same object in the whole program.
[[nodiscard]] SLUICE_EXPORT boost::system::error_category const& error_category() noexcept;

/// Makes `errc` convert to and compare with `error_code` (`ec == errc::stopped`).
[[nodiscard]] inline error_code make_error_code(errc e) noexcept { return {static_cast<int>(e), error_category()}; }

/// The category of `end_reason`, named "sluice.stream": the same object in the whole program.
[[nodiscard]] SLUICE_EXPORT boost::system::error_category const& end_reason_category() noexcept;

/// Makes `end_reason` convert to and compare with `error_code` (`ec == end_reason::taken_over`).
[[nodiscard]] inline error_code make_error_code(end_reason r) noexcept
{
    return {static_cast<int>(r), end_reason_category()};
}

} // namespace sluice

/// @cond internal
template <>
struct boost::system::is_error_code_enum<sluice::errc> : std::true_type {};
template <>
struct boost::system::is_error_code_enum<sluice::end_reason> : std::true_type {};
/// @endcond
