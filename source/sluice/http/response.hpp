#pragma once

#include <sluice/http/problem.hpp>
#include <sluice/http/reply.hpp>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <string_view>
#include <utility>

namespace sluice {

/// The reply as a response for Beast to write, with its fields. `version` is the request's (11: HTTP/1.1). It ends the
/// connection.
[[nodiscard]] inline boost::beast::http::response<boost::beast::http::string_body> make_response(reply r,
                                                                                                 unsigned version)
{
    namespace http = boost::beast::http;
    http::response<http::string_body> response{static_cast<http::status>(r.status), version, std::move(r.body)};
    response.keep_alive(false);
    r.fields.for_each([&response](std::string_view name, std::string_view value) {
        response.insert({name.data(), name.size()}, {value.data(), value.size()});
    });
    if (!r.content_type.empty()) {
        response.set(http::field::content_type, {r.content_type.data(), r.content_type.size()});
        response.prepare_payload();
    }
    return response;
}

/// The problem as a response for Beast to write, `application/problem+json` (RFC 9457); as `make_response` of the
/// reply.
[[nodiscard]] inline boost::beast::http::response<boost::beast::http::string_body> make_response(problem const& p,
                                                                                                 unsigned version)
{
    return make_response(problem_reply(p), version);
}

} // namespace sluice
