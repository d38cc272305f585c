#include "given_token.hpp"

#include "origin.hpp"
#include <sluice/http/field_value.hpp>
#include <sluice/http/form.hpp>
#include <sluice/http/request_cookie.hpp>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/beast/http/field.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace sluice::server {

namespace http = boost::beast::http;

namespace {

using found_token = boost::system::result<std::optional<std::string>, access_refusal>;

/// The token in the only `Authorization` field.
[[nodiscard]] found_token token_in_header(http::fields const& head)
{
    if (head.count(http::field::authorization) > 1) {
        return access_refusal{.detail =
                                  "the request has several Authorization fields, so none of them counts as a token"};
    }
    auto const token = bearer_token(view(head[http::field::authorization]));
    return token ? std::optional{std::string{*token}} : std::nullopt;
}

/// The values of each such parameter in the query, decoded; nothing for one that is badly encoded.
[[nodiscard]] std::vector<std::optional<std::string>> query_tokens(std::string_view query, std::string_view name)
{
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

[[nodiscard]] found_token token_in_query(std::string_view query)
{
    for (std::string_view const name : {"access_token", "authorization"}) {
        auto found = query_tokens(query, name);
        if (found.size() > 1) {
            return access_refusal{
                .detail = fmt::format("the query has several {} parameters, so none of them counts as a token", name)};
        }
        if (found.size() == 1) {
            // A value that is badly encoded is a token, but none that is good.
            return std::optional{std::move(found.front()).value_or("")};
        }
    }
    return std::nullopt;
}

/// Any page makes its visitor's browser send cookies, so those that a foreign one makes it send do not count.
[[nodiscard]] bool cookies_count(http::fields const& head, token_places where, cors_policy const& cors)
{
    auto const by = page_of(head, cors);
    return by == page::known || (by == page::unnamed && where == token_places::query_and_cookie);
}

[[nodiscard]] found_token token_in_cookie(http::fields const& head)
{
    for (std::string_view const name : {"mercureAuthorization", "__Secure-mercure_access_token"}) {
        if (auto value = request_cookie(head, name); !value.empty()) {
            return std::optional{std::move(value)};
        }
    }
    return std::nullopt;
}

} // namespace

found_token given_token(http::fields const& head, std::string_view query, token_places where, cors_policy const& cors)
{
    auto found = token_in_header(head);
    if (found && !*found && where == token_places::query_and_cookie) {
        found = token_in_query(query);
    }
    if (found && !*found && head.count(http::field::cookie) != 0 && cookies_count(head, where, cors)) {
        found = token_in_cookie(head);
    }
    return found;
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

} // namespace sluice::server
