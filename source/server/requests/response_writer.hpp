#pragma once

#include "request_trace.hpp"
#include <sluice/http/reply.hpp>

#include <string>

namespace sluice::server {

/// How a request fits into its connection.
struct exchange {
    bool http_1_1 = true;
    bool keep_alive = true;
    bool head = false;
    /// Header fields that the answer has whatever it says.
    response_fields fields{};
    /// For the log, which is told nothing else of what was asked.
    request_trace trace{};
};

/// Appends the bytes of an answer (RFC 9112, section 6): to `HEAD` without its body. All or, when it throws
/// `std::bad_alloc`, nothing.
void append_response(std::string& out, reply const& r, exchange const& how);

/// Appends the answer to `HEAD` of a stream: what `GET` would have, but for what belongs to a session.
void append_stream_head(std::string& out, exchange const& how);

} // namespace sluice::server
