#include "access.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <chrono>
#include <cstddef>
#include <utility>

namespace sluice::server {

namespace http = boost::beast::http;

namespace {

/// Each process draws a new key, so that guesses cannot be tested by digesting them.
[[nodiscard]] boost::uuids::uuid const& digest_key()
{
    static auto const key = boost::uuids::random_generator{}();
    return key;
}

[[nodiscard]] std::string subject_of(std::string_view role, std::string const& token)
{
    if (token.empty()) {
        return {};
    }
    boost::uuids::name_generator_sha1 const digest{digest_key()};
    return std::string{role} + '-' + to_string(digest(std::string{role} + ':' + token));
}

[[nodiscard]] access_refusal no_token(bool streams, bool has_keys)
{
    std::string detail = streams ? "a stream needs " : "this route needs ";
    detail += has_keys ? "a token" : streams ? "the subscribe token" : "the publish token";
    detail += ", as 'Authorization: Bearer'";
    detail += streams ? " or 'access_token' in the query" : "";
    return {.given = false, .detail = std::move(detail)};
}

[[nodiscard]] authentication by_json_web_token(access needed, std::string_view token, jwt::verifier& tokens)
{
    auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    auto verdict = tokens.verify(token, now);
    if (verdict.has_error()) {
        auto const why = verdict.error();
        return access_refusal{.detail = std::string{to_text(why)},
                              .names_unknown_key = tokens.may_be_good_by_newer_keys(why)};
    }
    admission who{.subject = (*verdict)->subject, .token = std::move(*verdict)};
    who.ends = tokens.end_of(*who.token, now);
    if (needed == access::control && !who.may_publish_everything()) {
        return access_refusal{
            .status = 403, .detail = "the token does not allow publishing to every topic ('*'), as this route needs"};
    }
    return who;
}

} // namespace

access_policy::access_policy(access_options o) : has_keys_{o.has_keys}, anonymous_{o.anonymous}
{
    publish_.subject = subject_of("publisher", o.publish_token);
    subscribe_.subject = subject_of("subscriber", o.subscribe_token);
    publish_.token = std::move(o.publish_token);
    subscribe_.token = std::move(o.subscribe_token);
}

authentication access_policy::authenticate(access needed, http::fields const& head, std::string_view query,
                                           cors_policy const& cors, jwt::verifier& tokens) const
{
    if (needed == access::presence) {
        return authenticate_observer(head, query, cors, tokens);
    }
    bool const streams = needed == access::subscribe;
    auto const& wanted = streams ? subscribe_ : publish_;
    if (needed == access::open || (wanted.token.empty() && !has_keys_)) {
        return admission{.everything = !streams};
    }
    auto const given = given_token(head, query, streams ? token_places::query_and_cookie : token_places::cookie, cors);
    if (given.has_error()) {
        return given.error();
    }
    if (!*given) {
        return streams && anonymous_ ? authentication{admission{}} : no_token(streams, has_keys_);
    }
    if (!wanted.token.empty() && same_secret(**given, wanted.token)) {
        return admission{.subject = wanted.subject, .everything = true};
    }
    if (has_keys_) {
        return by_json_web_token(needed, **given, tokens);
    }
    return access_refusal{.detail = streams ? "the token given is not the subscribe token"
                                            : "the token given is not the publish token"};
}

/// Who asks for what streams and publishers may know. As anybody may publish where nothing guards that, anybody may ask
/// where nothing guards streams either.
authentication access_policy::authenticate_observer(http::fields const& head, std::string_view query,
                                                    cors_policy const& cors, jwt::verifier& tokens) const
{
    if (!guards_publishing() && subscribe_.token.empty()) {
        return admission{.everything = true};
    }
    auto const given = given_token(head, query, token_places::query_and_cookie, cors);
    if (given.has_error()) {
        return given.error();
    }
    if (!*given) {
        return access_refusal{.given = false,
                              .detail = "this route needs a token, as 'Authorization: Bearer' or 'access_token' in the "
                                        "query"};
    }
    for (auto const* const one : {&publish_, &subscribe_}) {
        if (!one->token.empty() && same_secret(**given, one->token)) {
            return admission{.subject = one->subject, .everything = true};
        }
    }
    if (has_keys_) {
        return by_json_web_token(access::presence, **given, tokens);
    }
    return access_refusal{.detail = "the token given is neither the publish token nor the subscribe token"};
}

bool same_secret(std::string_view given, std::string_view secret) noexcept
{
    // Each byte that was given is compared with some byte of the secret. The result is volatile so that the compiler
    // cannot stop at the first difference.
    std::size_t volatile difference = given.size() ^ secret.size();
    for (std::size_t i = 0; i != given.size() && !secret.empty(); ++i) {
        auto const bits = static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(secret[i % secret.size()]);
        difference = difference | static_cast<std::size_t>(bits);
    }
    return difference == 0;
}

} // namespace sluice::server
