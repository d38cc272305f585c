#pragma once

#include <sluice/client/error.hpp>
#include <sluice/client/response_reader.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// Why an attempt gave no stream, or why the stream ended.
struct ending {
    error_code error;
    /// In one line, for a log.
    std::string why;
    std::optional<std::chrono::milliseconds> retry_after;
    /// Whether there is to be no further attempt.
    bool final = false;
    /// Whether there was a stream that brought something.
    bool after_stream = false;
};

/// `where` is the URL of the request.
/// @{
[[nodiscard]] ending failed(std::string_view where, error_code ec, bool final = false);
/// With more detail than the error has.
[[nodiscard]] ending failed(std::string_view where, error_code ec, std::string_view detail, bool final);
/// The server's answer is not a stream; `final` says whether there is to be no further attempt.
[[nodiscard]] ending answered(std::string_view where, response_head const& head, bool final);
/// @}

} // namespace sluice
