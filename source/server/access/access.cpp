#include "access.hpp"

#include <sluice/http/form.hpp>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

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

/// The token in the only `Authorization` field. With several fields a proxy might have chosen another one, so none
/// counts.
[[nodiscard]] std::optional<std::string_view> header_token(http::fields const& head)
{
    if (head.count(http::field::authorization) != 1) {
        return std::nullopt;
    }
    auto const credentials = head[http::field::authorization];
    return bearer_token({credentials.data(), credentials.size()});
}

/// The values of each `access_token` in the query, decoded; nothing for one that is badly encoded.
[[nodiscard]] std::vector<std::optional<std::string>> query_tokens(std::string_view query)
{
    constexpr std::string_view name = "access_token";
    std::vector<std::optional<std::string>> found;
    while (!query.empty()) {
        auto const pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        // Parameter by parameter, because mistakes in others are not to be judged yet.
        auto named = parse_form(pair, "query");
        if (named.has_error()) {
            if (pair.substr(0, pair.find('=')) == name) {
                found.emplace_back();
            }
        } else if (!named->empty() && named->front().first == name) {
            found.emplace_back(std::move(named->front().second));
        }
    }
    return found;
}

/// The check that failed.
[[nodiscard]] token_refusal refusal_of(access needed, http::fields const& head, std::string_view query)
{
    bool const streams = needed == access::subscribe;
    auto const in_query = streams ? query_tokens(query).size() : 0;
    auto const in_head = head.count(http::field::authorization);
    auto const refuse = [](std::string detail) { return token_refusal{.given = true, .detail = std::move(detail)}; };
    if (in_head > 1) {
        return refuse("the request has several Authorization fields, so none of them counts as a token");
    }
    if (in_query > 1) {
        return refuse("the query has several access_token parameters, so none of them counts as a token");
    }
    if (in_query == 1 || header_token(head)) {
        return refuse(streams ? "the token given is not the subscribe token"
                              : "the token given is not the publish token");
    }
    return {.given = false,
            .detail = streams ? "a stream needs the subscribe token, as 'Authorization: Bearer' or 'access_token' in "
                                "the query"
                              : "this route needs the publish token, as 'Authorization: Bearer'"};
}

} // namespace

access_policy::access_policy(std::string publish_token, std::string subscribe_token)
{
    publish_.subject = subject_of("publisher", publish_token);
    subscribe_.subject = subject_of("subscriber", subscribe_token);
    publish_.token = std::move(publish_token);
    subscribe_.token = std::move(subscribe_token);
}

authentication access_policy::authenticate(access needed, http::fields const& head, std::string_view query) const
{
    auto const& wanted = needed == access::publish ? publish_ : subscribe_;
    if (needed == access::open || wanted.token.empty()) {
        return std::string{};
    }
    if (auto const given = header_token(head); given && same_secret(*given, wanted.token)) {
        return wanted.subject;
    }
    if (needed == access::subscribe) {
        if (auto const given = query_token(query); given && same_secret(*given, wanted.token)) {
            return wanted.subject;
        }
    }
    return refusal_of(needed, head, query);
}

std::optional<std::string_view> bearer_token(std::string_view credentials) noexcept
{
    auto const space = credentials.find(' ');
    if (space == std::string_view::npos || !boost::algorithm::iequals(credentials.substr(0, space), "Bearer")) {
        return std::nullopt;
    }
    auto const token = credentials.find_first_not_of(' ', space);
    return token == std::string_view::npos ? std::nullopt : std::optional{credentials.substr(token)};
}

std::optional<std::string> query_token(std::string_view query)
{
    auto all = query_tokens(query);
    return all.size() == 1 ? std::move(all.front()) : std::nullopt;
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
