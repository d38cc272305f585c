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
    /// Header fields that every answer gets.
    response_fields fields{};
    /// What the log may say about the request.
    request_trace trace{};
};

/// Appends the bytes of an answer (RFC 9112, section 6), without the body if the request is `HEAD`. If it throws
/// `std::bad_alloc`, it has appended nothing.
void append_response(std::string& out, reply const& r, exchange const& how);

/// Appends the answer to `HEAD` for a stream: the header fields of `GET`, except those of a session.
void append_stream_head(std::string& out, exchange const& how);

} // namespace sluice::server
