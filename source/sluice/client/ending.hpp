#pragma once

#include <sluice/client/error.hpp>
#include <sluice/client/response_reader.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// Why an event source has no stream, or none any more.
struct ending {
    error_code error;
    /// In one line, for a log.
    std::string why;
    std::optional<std::chrono::milliseconds> retry_after;
    /// There is to be no other attempt.
    bool final = false;
    /// There was a stream, and it brought something.
    bool after_stream = false;
};

/// `where` is the URL that was asked for.
/// @{
[[nodiscard]] ending failed(std::string_view where, error_code ec, bool final = false);
/// With more to say than the error does.
[[nodiscard]] ending failed(std::string_view where, error_code ec, std::string_view detail, bool final);
/// The server's answer is no stream; `final` says whether for good.
[[nodiscard]] ending answered(std::string_view where, response_head const& head, bool final);
/// @}

} // namespace sluice
