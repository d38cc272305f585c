#include "access/jwt/compact_form.hpp"
#include "access/jwt/key_file.hpp"
#include "access/jwt/mint.hpp"
#include "access/jwt/rights.hpp"
#include "options/key_text.hpp"
#include "options/option_error.hpp"
#include "options/values.hpp"
#include "token_command.hpp"
#include "token_options.hpp"
#include <sluice/event/event.hpp>

#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace sluice::server {
namespace {

[[nodiscard]] jwt::dialect dialect_of(std::string const& name)
{
    if (!name.empty() && name != "0.x" && name != "1.0") {
        throw option_error(fmt::format("--dialect: '{}' is neither 0.x nor 1.0", name));
    }
    return name == "1.0" ? jwt::dialect::v1 : jwt::dialect::v0;
}

[[nodiscard]] jwt::matcher matcher_of(std::string_view flag, std::string_view text, jwt::dialect dialect)
{
    using enum jwt::matcher_kind;
    auto const refuse = [&](std::string_view why) {
        throw option_error(fmt::format("--{}: '{}' {}", flag, text, why));
    };
    if (text == "*") {
        return {.kind = everything};
    }
    auto one = jwt::matcher{.kind = exact};
    for (auto const& [prefix, kind] : {std::pair{"pattern:", url_pattern}, {"template:", uri_template}}) {
        if (text.starts_with(prefix)) {
            one.kind = kind;
            one.text = text.substr(std::string_view{prefix}.size());
        }
    }
    if (one.kind == exact) {
        one.text = text;
        if (dialect == jwt::dialect::v0 && text.find('{') != std::string_view::npos) {
            refuse("would be read as a URI template in the dialect 0.x; begin it with template: if it is one");
        }
    } else if (one.text.empty()) {
        refuse("names nothing");
    } else if (one.kind == url_pattern && dialect == jwt::dialect::v0) {
        refuse("is a URL Pattern, which needs --dialect 1.0");
    } else if (one.kind == uri_template && dialect == jwt::dialect::v1) {
        refuse("is a URI template, which needs --dialect 0.x");
    }
    return one;
}

[[nodiscard]] std::vector<jwt::matcher> matchers_of(token_arguments const& given, std::string_view flag,
                                                    jwt::dialect dialect)
{
    std::vector<jwt::matcher> all;
    for (auto const& text : given.all(flag)) {
        all.push_back(matcher_of(flag, text, dialect));
    }
    return all;
}

[[nodiscard]] jwt::algorithm const& algorithm_for(token_arguments const& given, jwt::key const& by)
{
    auto const permitted = [&](jwt::algorithm const& one) { return by.permits(one); };
    auto const name = given.one("alg");
    if (name.empty()) {
        return *std::ranges::find_if(jwt::algorithms, permitted);
    }
    auto const* const found = jwt::find_algorithm(name);
    if (found == nullptr) {
        throw option_error(fmt::format("--alg: '{}' is none of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, "
                                       "PS512, ES256, ES384, ES512 and EdDSA",
                                       name));
    }
    if (!by.permits(*found)) {
        throw option_error(fmt::format("--alg: {} cannot be used with the key in {}", name, given.one("key-file")));
    }
    return *found;
}

[[nodiscard]] std::optional<std::chrono::seconds> expires_in(token_arguments const& given)
{
    if (!given.has("expires-in")) {
        return std::nullopt;
    }
    auto const text = given.one("expires-in");
    auto const duration = parse_duration(text);
    if (!duration || *duration < std::chrono::seconds{1}) {
        throw option_error(
            fmt::format("--expires-in: '{}' is not a duration of at least a second like 90s, 5m, 1h or 1d", text));
    }
    return std::chrono::floor<std::chrono::seconds>(*duration);
}

/// JSON takes no other text.
void check_encoding(token_arguments const& given)
{
    for (std::string_view const flag : {"subscribe", "publish", "subject", "issuer", "audience", "token-id"}) {
        for (auto const& text : given.all(flag)) {
            if (!is_utf8(text)) {
                throw option_error(fmt::format("--{}: its value is not UTF-8", flag));
            }
        }
    }
}

/// What the server would refuse is not made.
void check_size(jwt::token_grant const& grant, std::string_view token)
{
    if (grant.subscribe.size() + grant.publish.size() > jwt::most_matchers) {
        throw option_error(fmt::format("token make: {}", to_text(jwt::refusal::too_many_matchers)));
    }
    if (token.size() > jwt::most_token_bytes) {
        throw option_error(fmt::format("token make: {}", to_text(jwt::refusal::too_large)));
    }
}

} // namespace

std::string make_token(std::span<std::string const> arguments)
{
    token_arguments const given{make_options(), arguments};
    if (!given.rest().empty()) {
        throw option_error(fmt::format("token make: '{}' is not an option", given.rest().front()));
    }
    if (!given.has("key-file")) {
        throw option_error("token make: --key-file is missing");
    }
    check_encoding(given);
    auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    jwt::minted_claims claims{.issuer = given.one("issuer"), .audience = given.one("audience")};
    auto& grant = claims.grant;
    grant.dialect = dialect_of(given.one("dialect"));
    grant.subscribe = matchers_of(given, "subscribe", grant.dialect);
    grant.publish = matchers_of(given, "publish", grant.dialect);
    if (grant.subscribe.empty() && grant.publish.empty()) {
        throw option_error("token make: it would grant nothing; give --subscribe or --publish");
    }
    grant.subject = given.one("subject");
    grant.token_id = given.has("token-id") ? given.one("token-id") : to_string(boost::uuids::random_generator{}());
    grant.issued = now;
    if (auto const duration = expires_in(given)) {
        grant.expires = now + *duration;
    }
    auto const by = usable_key("--key-file", given.one("key-file"), jwt::read_signing_key);
    auto token = jwt::mint(claims, algorithm_for(given, by), by);
    check_size(grant, token);
    return token;
}

} // namespace sluice::server
