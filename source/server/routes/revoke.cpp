#include "revoke.hpp"

#include "access/jwt/json_object.hpp"
#include <sluice/http/field_value.hpp>
#include <sluice/http/publish_request.hpp>
#include <sluice/http/request_fields.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <utility>

namespace sluice::server {

namespace asio = boost::asio;

namespace {

/// Reads `{"subject":"..."}` or `{"token_id":"..."}`.
[[nodiscard]] expected<revocation> parse_revocation(publish_input const& in)
{
    if (!is_json(in.content_type)) {
        return problem{.status = 415, .detail = "the body is JSON, and its Content-Type application/json"};
    }
    auto const object = jwt::parse_json_object(in.body);
    if (object.has_error()) {
        return bad_request(fmt::format("the body is {}", to_text(object.error())));
    }
    revocation wanted;
    for (auto const& [name, value] : *object) {
        auto* const field = name == "subject" ? &wanted.subject : name == "token_id" ? &wanted.token_id : nullptr;
        if (field == nullptr) {
            return unknown_field(view(name), "the body");
        }
        auto const text = jwt::string_of(&value);
        if (!text || text->empty()) {
            return bad_request(fmt::format("'{}' in the body is not a string of at least one character", view(name)));
        }
        *field = *text;
    }
    if (object->size() != 1) {
        return bad_request("the body names neither a 'subject' nor a 'token_id', or both");
    }
    return wanted;
}

/// First such tokens are refused, then their streams end: none that begins meanwhile is missed.
asio::awaitable<reply> revoke(broker& b, jwt::revocations& revoked, std::chrono::milliseconds ttl,
                              route_request request)
{
    auto wanted = parse_revocation(request.input);
    if (wanted.has_error()) {
        co_return problem_reply(wanted.error());
    }
    if (wanted->token_id.empty()) {
        revoked.revoke_subject(wanted->subject, wanted->before, ttl);
    } else {
        revoked.revoke_token(wanted->token_id, wanted->before, ttl);
    }
    auto const [ended] = co_await b.async_revoke(std::move(*wanted), asio::as_tuple(asio::use_awaitable));
    co_return json_reply(fmt::format(R"({{"streams":{}}})", ended));
}

} // namespace

void add_revoke_route(router& to, broker& b, jwt::revocations& revoked, std::chrono::milliseconds ttl)
{
    auto const never = [](route_request const&) -> std::optional<reply> { return std::nullopt; };
    to.add(
        access::control, "POST", "/revoke", never,
        [&b, &revoked, ttl](route_request const& r) { return revoke(b, revoked, ttl, r); }, true);
    to.refuse_query("POST", "/revoke");
}

} // namespace sluice::server
