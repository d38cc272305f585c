#pragma once

#include <sluice/error.hpp>
#include <sluice/export.hpp>
#include <sluice/session/session_id.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice {

/// An event, as a publisher gives it and as a subscriber gets it.
struct event {
    /// The publisher's own id; if empty, the log assigns `<hi>-<lo>`. Never empty in an event that was received.
    std::string id{};
    /// Empty means `message`, the type that a browser's `onmessage` handles.
    std::string type{};
    /// UTF-8. Each CR LF, CR and LF ends a line and arrives as LF (WHATWG HTML, "Parsing an event stream").
    std::string data{};
    /// What the event is about, at most `max_topics`: the first is the canonical topic, the others are alternates. The
    /// event reaches the sessions whose interest names any of them, each once. Without a topic it is for every session.
    /// A stream does not show them.
    std::vector<std::string> topics{};
    /// Whether only sessions whose grant allows one of the topics may have the event. It then needs a topic.
    bool is_private = false;
    /// How long after its publishing the event may be replayed; none: for as long as the log holds it. Streams that are
    /// live get it in any case.
    std::optional<std::chrono::milliseconds> ttl{};
    /// Lets go of all but the newest `keep` events whose first topic is that of this one, itself included: from now on
    /// only these are replayed. At most `max_keep`; 0 lets nothing go. It needs a topic.
    std::uint32_t keep = 0;
    /// Whether the event ends its topics. Nothing is published to them behind it (`errc::topic_closed`), and a stream
    /// that wants one of them alone, by its name, gets the event `topic-end` behind it and ends. A topic is closed
    /// until its last event has left the log, or `broker::async_forget_topic` is called. It needs a topic.
    bool last = false;
    /// How long a client is to wait before it reconnects, from this event on (WHATWG HTML, the field `retry`); none:
    /// the event does not say. Not negative.
    std::optional<std::chrono::milliseconds> retry{};
    /// When the event was published; set by the broker.
    std::chrono::system_clock::time_point timestamp{};
    /// Whether the event was replayed; set by the broker.
    bool replayed = false;
};

/// The sessions that an event is for, by their ids as text. It can also be made of single ids, as text or as
/// `session_id`: `{id}`, `{first, second}`.
///
/// The constructor is variadic, and takes no `std::initializer_list`, because g++ 12 cannot create one in an expression
/// that contains `co_await`.
class target_list : public std::vector<std::string> {
public:
    /// No sessions.
    target_list() = default;
    /// The sessions with these ids.
    target_list(std::vector<std::string> ids) // NOLINT(google-explicit-constructor): a vector is one
        : vector{std::move(ids)}
    {
    }
    /// The sessions with these ids.
    template <class... Ids>
        requires(sizeof...(Ids) > 0 &&
                 ((std::same_as<std::remove_cvref_t<Ids>, session_id> || std::constructible_from<std::string, Ids>) &&
                  ...))
    target_list(Ids&&... ids) // NOLINT(google-explicit-constructor): `.targets = {id}`
    {
        reserve(sizeof...(Ids));
        (add(std::forward<Ids>(ids)), ...);
    }

private:
    void add(session_id id) { push_back(to_string(id)); }
    template <class Text>
    void add(Text&& id)
    {
        emplace_back(std::forward<Text>(id));
    }
};

/// An event for certain sessions. It names at least one session or subject. (An event for all sessions is broadcast.)
struct message {
    /// What is published. Its `timestamp` and `replayed` are ignored, and its topics and privacy, because the targets
    /// alone say whom it is for.
    sluice::event event{};
    /// The sessions to send to.
    target_list targets{};
    /// The subjects (`grant::subject`) to whose sessions it is sent too: all that each has when it is sent, such as
    /// every tab of a user. A session that is named in several ways gets it once.
    std::vector<std::string> subjects{};
};

/// The type of an event that has none of its own.
inline constexpr std::string_view default_event_type = "message";

/// The most bytes that a type or a publisher's own id may have.
inline constexpr std::size_t max_name_bytes = 256;

/// The most topics that an event may have.
inline constexpr std::size_t max_topics = 100;

/// The most bytes that a topic may have.
inline constexpr std::size_t max_topic_bytes = 1024;

/// The most that `event::keep` may be.
inline constexpr std::uint32_t max_keep = 65'535;

/// Stands for every topic where topics are named, and is therefore no topic.
inline constexpr std::string_view every_topic = "*";

/// Whether the type is reserved for an event of sluice's own, such as `connected` or `heartbeat`.
[[nodiscard]] SLUICE_EXPORT bool is_control_type(std::string_view type) noexcept;

/// Whether the bytes are valid UTF-8 (The Unicode Standard, table 3-7).
[[nodiscard]] SLUICE_EXPORT bool is_utf8(std::string_view text) noexcept;

/// Whether the text may be an event's type. Success, `invalid_type`, `reserved_type` or `invalid_utf8`.
[[nodiscard]] SLUICE_EXPORT error_code validate_type(std::string_view type) noexcept;

/// Whether the text may be a publisher's own id. Success, `invalid_id`, `reserved_id` or `invalid_utf8`.
[[nodiscard]] SLUICE_EXPORT error_code validate_id(std::string_view id) noexcept;

/// Whether the text may be a topic. Success, `invalid_topic` or `invalid_utf8`.
[[nodiscard]] SLUICE_EXPORT error_code validate_topic(std::string_view topic) noexcept;

/// Whether the event may be published: a valid type and id, valid topics, and at most `max_data_bytes` of UTF-8 data.
/// No payload that passes can forge a field, another event or the end of a stream. Errors: those of `validate_type`,
/// `validate_id` and `validate_topic`, `too_many_topics`, `private_without_topic`, `last_without_topic`,
/// `invalid_keep`, `invalid_utf8` and `event_too_large`.
[[nodiscard]] SLUICE_EXPORT error_code validate(event const& e, std::size_t max_data_bytes) noexcept;

} // namespace sluice
