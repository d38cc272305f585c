#pragma once

#include <sluice/http/problem.hpp>
#include <sluice/http/reply.hpp>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <string_view>
#include <utility>

namespace sluice {

/// Makes a Beast response of the reply. `version` is the request's (11 for HTTP/1.1). The response says `Connection:
/// close`; call `keep_alive(true)` on it to keep the connection.
/// @code
/// auto response = sluice::make_response(sluice::json_reply(R"({"ok":true})"), request.version());
/// co_await http::async_write(socket, response, asio::use_awaitable);
/// @endcode
[[nodiscard]] inline boost::beast::http::response<boost::beast::http::string_body> make_response(reply r,
                                                                                                 unsigned version)
{
    namespace http = boost::beast::http;
    http::response<http::string_body> response{static_cast<http::status>(r.status), version, std::move(r.body)};
    response.keep_alive(false);
    r.fields.for_each([&response](std::string_view name, std::string_view value) {
        response.insert({name.data(), name.size()}, {value.data(), value.size()});
    });
    if (r.status != 204) {
        response.set(http::field::cache_control, {r.cache_control.data(), r.cache_control.size()});
    }
    if (!r.content_type.empty()) {
        response.set(http::field::content_type, {r.content_type.data(), r.content_type.size()});
        response.prepare_payload();
    }
    return response;
}

/// Makes a Beast response of the problem, as `application/problem+json` (RFC 9457).
[[nodiscard]] inline boost::beast::http::response<boost::beast::http::string_body> make_response(problem const& p,
                                                                                                 unsigned version)
{
    return make_response(problem_reply(p), version);
}

} // namespace sluice
