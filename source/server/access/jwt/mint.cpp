#include "mint.hpp"

#include "base64url.hpp"
#include "rights.hpp"
#include "signature.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace sluice::server::jwt {
namespace {

namespace json = boost::json;

[[nodiscard]] std::string_view text_of(matcher const& one)
{
    return one.kind == matcher_kind::everything ? "*" : std::string_view{one.text};
}

[[nodiscard]] json::array selectors(std::vector<matcher> const& from)
{
    json::array list;
    for (auto const& one : from) {
        list.emplace_back(text_of(one));
    }
    return list;
}

void add_payload(json::object& to, std::shared_ptr<std::string const> const& payload)
{
    if (payload) {
        to["payload"] = json::parse(*payload);
    }
}

[[nodiscard]] json::object detail(std::string_view action, std::span<matcher const> from)
{
    json::array topics;
    for (auto const& one : from) {
        json::object topic{{"match", text_of(one)}};
        if (one.kind == matcher_kind::url_pattern) {
            topic["match_type"] = "urlpattern";
        }
        topics.push_back(std::move(topic));
    }
    json::object made{{"type", detail_type}, {"actions", json::array{action}}, {"topics", std::move(topics)}};
    add_payload(made, from.front().payload);
    return made;
}

/// An entry for each payload.
void add_details(json::array& to, std::string_view action, std::span<matcher const> from)
{
    while (!from.empty()) {
        auto const other =
            std::ranges::find_if_not(from, [&](matcher const& one) { return one.payload == from.front().payload; });
        auto const size = static_cast<std::size_t>(other - from.begin());
        to.push_back(detail(action, from.first(size)));
        from = from.subspan(size);
    }
}

void add_rights(json::object& to, token_grant const& grant)
{
    if (grant.dialect == dialect::v0) {
        json::object claim{{"publish", selectors(grant.publish)}, {"subscribe", selectors(grant.subscribe)}};
        add_payload(claim, grant.payload);
        to["mercure"] = std::move(claim);
        return;
    }
    json::array details;
    add_details(details, "publish", grant.publish);
    add_details(details, "subscribe", grant.subscribe);
    to["authorization_details"] = std::move(details);
}

[[nodiscard]] json::object payload_of(minted_claims const& claims)
{
    json::object payload;
    auto const add_text = [&](std::string_view name, std::string const& value) {
        if (!value.empty()) {
            payload[name] = value;
        }
    };
    auto const add_time = [&](std::string_view name, std::optional<std::chrono::sys_seconds> const& time) {
        if (time) {
            payload[name] = time->time_since_epoch().count();
        }
    };
    add_text("iss", claims.issuer);
    add_text("sub", claims.grant.subject);
    add_text("aud", claims.audience);
    add_time("iat", claims.grant.issued);
    add_time("exp", claims.grant.expires);
    add_text("jti", claims.grant.token_id);
    add_rights(payload, claims.grant);
    return payload;
}

} // namespace

std::string mint(minted_claims const& claims, algorithm const& with, key const& by)
{
    auto const* const typ = claims.grant.dialect == dialect::v0 ? "JWT" : "at+jwt";
    json::object const header{{"alg", with.name}, {"typ", typ}};
    auto token = encode_base64url(json::serialize(header));
    token += '.' + encode_base64url(json::serialize(payload_of(claims)));
    token += '.' + encode_base64url(sign(with, by, token));
    return token;
}

} // namespace sluice::server::jwt
