#pragma once

#include <sluice/error.hpp>
#include <sluice/export.hpp>
#include <sluice/session/session_id.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice {

/// What a publisher says, and what a subscriber gets.
struct event {
    /// The publisher's own id; empty: the log gives `<hi>-<lo>`. As received: never empty.
    std::string id{};
    /// Empty and "message" mean the same: the type that a browser's `onmessage` handles.
    std::string type{};
    /// UTF-8. CR LF, CR and LF each end a line and arrive as LF (WHATWG HTML, "Parsing an event stream").
    std::string data{};
    /// When the event was published; set by the broker.
    std::chrono::system_clock::time_point timestamp{};
    /// Whether the event came by replay.
    bool replayed = false;
};

/// The ids of sessions that an event is for: a vector of their texts, which is also made of the ids one by one, as
/// texts or as `session_id`: `{id}`, `{first, second}`.
///
/// The constructor takes any number of arguments in place of an `std::initializer_list`, of which g++ 12 cannot make
/// one in the same expression as `co_await`.
class target_list : public std::vector<std::string> {
public:
    /// Nobody.
    target_list() = default;
    /// The sessions of these ids.
    target_list(std::vector<std::string> ids) // NOLINT(google-explicit-constructor): a vector is one
        : vector{std::move(ids)}
    {
    }
    /// The sessions of these ids.
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

/// An event and whom it is for.
struct message {
    /// What is published; its `timestamp` and `replayed` are not looked at.
    sluice::event event{};
    /// The sessions to send to, at least one: what is for everybody is broadcast.
    target_list targets{};
};

/// The type of an event that names none.
inline constexpr std::string_view default_event_type = "message";

/// The most bytes that a type or a publisher's own id may have.
inline constexpr std::size_t max_name_bytes = 256;

/// Whether the type is the name of an event by which sluice itself speaks on a stream.
[[nodiscard]] SLUICE_EXPORT bool is_control_type(std::string_view type) noexcept;

/// Whether the bytes are UTF-8 (The Unicode Standard, table 3-7).
[[nodiscard]] SLUICE_EXPORT bool is_utf8(std::string_view text) noexcept;

/// Whether the text may be an event's type. Success, `invalid_type`, `reserved_type` or `invalid_utf8`.
[[nodiscard]] SLUICE_EXPORT error_code validate_type(std::string_view type) noexcept;

/// Whether the text may be a publisher's own id. Success, `invalid_id`, `reserved_id` or `invalid_utf8`.
[[nodiscard]] SLUICE_EXPORT error_code validate_id(std::string_view id) noexcept;

/// Whether the event may be published: its type, its id, and at most `max_data_bytes` of UTF-8 data. No payload
/// that passes can forge a field, an event or a stream's end. Errors: those above and `event_too_large`.
[[nodiscard]] SLUICE_EXPORT error_code validate(event const& e, std::size_t max_data_bytes) noexcept;

} // namespace sluice
