#pragma once

#include <sluice/error.hpp>
#include <sluice/event/json_string.hpp>
#include <sluice/export.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sluice {

/// What is wrong with a request, and the HTTP status that says so (RFC 9457).
/// @code
/// co_return sluice::problem{.status = 401, .detail = "log in first"}; // in `handler_options::authorize`
/// @endcode
struct problem {
    /// The HTTP status.
    unsigned status = 400;
    /// What is wrong and where, in one line.
    std::string detail;
    /// The error of sluice's own that it was made of, if any.
    error_code cause{};
};

/// A value, or the problem because of which there is none.
template <class T>
using expected = boost::system::result<T, problem>;

/// A problem with status 400: the request itself is wrong.
[[nodiscard]] inline problem bad_request(std::string detail) { return {.status = 400, .detail = std::move(detail)}; }

/// Status 204, an answer in place of a stream: an `EventSource` does not come back after it. It has no body.
[[nodiscard]] inline problem no_content() { return {.status = 204, .detail = {}}; }

/// The HTTP status and text for an error of sluice's own.
[[nodiscard]] SLUICE_EXPORT problem to_problem(error_code ec);

/// The reason phrase of a status (RFC 9110, section 15), for those that sluice answers with.
[[nodiscard]] SLUICE_EXPORT std::string_view reason_phrase(unsigned status) noexcept;

/// The problem as `application/problem+json`.
[[nodiscard]] SLUICE_EXPORT std::string to_json(problem const& p);

} // namespace sluice
