#pragma once

#include <sluice/export.hpp>

#include <boost/container_hash/hash.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// Names a session: 128 bits, written as 32 lower-case hexadecimal digits.
///
/// Whoever knows the id can claim the session, subject to the ownership check. So ids come from the operating system's
/// cryptographic generator and are kept out of logs.
struct session_id {
    /// The first 16 digits. They say which shard is the session's home (`home_of`).
    std::uint64_t high = 0;
    /// The last 16 digits.
    std::uint64_t low = 0;

    /// The order of their texts, in which `broker::async_list` lists sessions.
    friend auto operator<=>(session_id const&, session_id const&) = default;

    /// Any part of the id is a good hash, because its bits are random.
    friend std::size_t hash_value(session_id const& id) noexcept { return static_cast<std::size_t>(id.low); }
};

/// Draws an id from the operating system's generator (getrandom). Throws `std::system_error` if that fails.
[[nodiscard]] SLUICE_EXPORT session_id make_session_id();

/// Reads 32 lower-case hexadecimal digits; returns nothing if the text has another form.
[[nodiscard]] SLUICE_EXPORT std::optional<session_id> parse_session_id(std::string_view text) noexcept;

/// Writes 32 lower-case hexadecimal digits, the form that `parse_session_id` reads and that clients use in claims.
[[nodiscard]] SLUICE_EXPORT std::string to_string(session_id id);

/// The index of the shard, of `shards`, that knows where the session lives. It is drawn there, and lives there until a
/// connection on another shard claims it.
[[nodiscard]] inline std::size_t home_of(session_id id, std::size_t shards) noexcept
{
    return static_cast<std::size_t>(id.high % shards);
}

} // namespace sluice
