#pragma once

#include <sluice/error.hpp>
#include <sluice/export.hpp>

#include <type_traits>

namespace sluice {

/// Why an event source ended, or could not be made. (An event that is too large is `errc::event_too_large`.)
enum class event_source_errc {
    /// The event source was closed.
    closed = 1,
    /// The server wants no reconnection: it answered 204.
    no_content,
    /// The server answered with a status that means neither a stream nor that the client should come back.
    unexpected_status,
    /// The server's answer is not `text/event-stream`, or has a content coding other than gzip.
    not_an_event_stream,
    /// There were more redirections than `event_source_options::max_redirects`.
    too_many_redirects,
    /// A redirection has no `Location` that an event source can follow.
    bad_redirect,
    /// The URL is not one that an event source can request.
    unsupported_url,
    /// A header field or the last event id in the options is not well-formed.
    invalid_header,
};

/// The category of `event_source_errc`, named "sluice.event_source": the same object in the whole program.
[[nodiscard]] SLUICE_EXPORT boost::system::error_category const& event_source_error_category() noexcept;

/// Makes `event_source_errc` convert to and compare with `error_code`.
[[nodiscard]] inline error_code make_error_code(event_source_errc e) noexcept
{
    return {static_cast<int>(e), event_source_error_category()};
}

} // namespace sluice

/// @cond internal
template <>
struct boost::system::is_error_code_enum<sluice::event_source_errc> : std::true_type {};
/// @endcond
