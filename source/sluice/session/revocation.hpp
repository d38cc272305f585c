#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// Which grants are withdrawn: those of a subject or those of a token.
/// @code
/// auto const ended = co_await hub.async_revoke({.subject = "ann"}, asio::use_awaitable);
/// @endcode
struct revocation {
    /// `grant::subject`; empty if it is not about a subject.
    std::string subject{};
    /// `grant::token_id`; empty if it is not about one token.
    std::string token_id{};
    /// Of a subject only what was issued before this time is withdrawn (`grant::issued`), and what says nothing of when
    /// it was issued.
    std::chrono::system_clock::time_point before = std::chrono::system_clock::now();
};

/// @cond internal
/// What is known of the token behind a grant.
struct grant_terms {
    std::string_view subject;
    std::string_view token_id;
    std::optional<std::chrono::system_clock::time_point> issued;
    std::optional<std::chrono::system_clock::time_point> expires;
};

/// Whether the grant is withdrawn.
[[nodiscard]] inline bool concerns(revocation const& r, grant_terms const& t) noexcept
{
    bool const is_token = !r.token_id.empty() && r.token_id == t.token_id;
    return is_token || (!r.subject.empty() && r.subject == t.subject && (!t.issued || *t.issued < r.before));
}
/// @endcond

} // namespace sluice
