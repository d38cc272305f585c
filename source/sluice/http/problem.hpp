#pragma once

#include <sluice/error.hpp>
#include <sluice/export.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sluice {

/// An answer that says what is wrong with a request (RFC 9457).
struct problem {
    /// The HTTP status.
    unsigned status = 400;
    /// What is wrong and where, in one line.
    std::string detail;
    /// The error that it stands for; none when it is no error of sluice's.
    error_code cause{};
};

/// A value, or the problem that stands in its way.
template <class T>
using expected = boost::system::result<T, problem>;

/// The problem of a request that is wrong in itself: status 400.
[[nodiscard]] inline problem bad_request(std::string detail) { return {.status = 400, .detail = std::move(detail)}; }

/// No problem in itself, but an answer in place of a stream: 204, after which an `EventSource` does not come back. It
/// has no body.
[[nodiscard]] inline problem no_content() { return {.status = 204, .detail = {}}; }

/// The problem that an error of sluice's own stands for.
[[nodiscard]] SLUICE_EXPORT problem to_problem(error_code ec);

/// The reason phrase of a status that sluice answers with (RFC 9110, section 15).
[[nodiscard]] SLUICE_EXPORT std::string_view reason_phrase(unsigned status) noexcept;

/// The problem as `application/problem+json`.
[[nodiscard]] SLUICE_EXPORT std::string to_json(problem const& p);

/// The text as a JSON string, quotes included (RFC 8259, section 7).
[[nodiscard]] SLUICE_EXPORT std::string json_string(std::string_view text);

} // namespace sluice
