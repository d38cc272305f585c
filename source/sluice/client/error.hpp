#pragma once

#include <sluice/error.hpp>
#include <sluice/export.hpp>

#include <type_traits>

namespace sluice {

/// Why an event source ended, or could not begin; an event that is too large is `errc::event_too_large`.
enum class event_source_errc {
    /// An event source was closed.
    closed = 1,
    /// The server ended an event source's stream for good (204).
    no_content,
    /// The server's answer to an event source has a status that is neither a stream's nor a reason to come back.
    unexpected_status,
    /// The server's answer to an event source is no `text/event-stream`, or is coded, but not by gzip.
    not_an_event_stream,
    /// An event source was redirected more often than `event_source_options::max_redirects`.
    too_many_redirects,
    /// An event source was redirected without a `Location` that it can go to.
    bad_redirect,
    /// The URL is not one that an event source can ask for.
    unsupported_url,
    /// A header field or last event id for an event source is not well-formed.
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
