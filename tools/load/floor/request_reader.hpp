#pragma once

#include <string>
#include <string_view>

namespace sluice::load {

/// One request, seen in the reader's buffer.
struct request {
    std::string_view method;
    std::string_view path; ///< without the query
    std::string_view query;
    std::string_view body;
    bool is_batch = false; ///< NDJSON: an event a line
};

/// Cuts a connection's bytes into requests: just enough of HTTP/1.1 (a request line and a `Content-Length`
/// body) for a load generator that is known to be well behaved. Pipelined requests come out one by one.
class request_reader {
public:
    enum class result { complete, incomplete, bad };

    void append(std::string_view bytes);

    /// Takes the next whole request; its views hold until the next `append`.
    result next(request& out);

private:
    std::string buffer_;
    std::size_t taken_ = 0; ///< bytes of `buffer_` that earlier requests used
};

} // namespace sluice::load
