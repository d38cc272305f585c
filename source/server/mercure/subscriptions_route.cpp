#include "subscriptions_route.hpp"

#include "access/publish_topics.hpp"
#include "paths.hpp"
#include "requests/dispatch.hpp"
#include "selectors.hpp"
#include <sluice/event/event_id.hpp>
#include <sluice/http/field_value.hpp>
#include <sluice/http/form.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace sluice::server::mercure {
namespace {

/// The payloads that a token has for selectors, each matched as if it were a topic.
class payloads {
public:
    payloads(admission const& who, url_pattern::base_url const& base) : token_{who.token}
    {
        if (!token_ || token_->dialect == jwt::dialect::v0) {
            return;
        }
        auto const& all = token_->subscribe;
        if (std::ranges::any_of(all, [](jwt::matcher const& one) { return one.payload != nullptr; })) {
            for (auto const& one : all) {
                by_matcher_.emplace_back(publish_topics{{one}, base}, one.payload);
            }
        }
    }

    /// That of the first matcher that fits; null: none.
    [[nodiscard]] std::shared_ptr<std::string const> of(std::string const& selector) const
    {
        auto const found = std::ranges::find_if(by_matcher_, [&](auto const& one) { return one.first(selector); });
        return found != by_matcher_.end() ? found->second : token_ ? token_->payload : nullptr;
    }

private:
    jwt::verdict_cache::verdict token_;
    std::vector<std::pair<publish_topics, std::shared_ptr<std::string const>>> by_matcher_;
};

void add_once(std::vector<subscription>& all, subscription one)
{
    auto const is_it = [&](subscription const& other) {
        return other.match_type == one.match_type && other.match == one.match;
    };
    if (std::ranges::none_of(all, is_it)) {
        all.push_back(std::move(one));
    }
}

/// The text with its percent-encodings taken back; nothing if one is broken.
[[nodiscard]] std::optional<std::string> decoded(std::string_view segment)
{
    auto path = parse_target(segment);
    return path.has_value() ? std::optional{std::move(path->path)} : std::nullopt;
}

/// What a path behind that of all subscriptions names.
struct named {
    /// The selector; nothing: all.
    std::optional<subscription> like;
    /// One subscription's subscriber; empty: none is named.
    std::string subscriber_id{};
    document_form form = document_form::v1;
};

/// Reads the segments, each decoded once. Without any, all are wanted, in the dialect of the token. Nothing if there
/// are too many.
[[nodiscard]] expected<std::optional<named>> read_segments(std::string_view rest, admission const& who)
{
    if (rest.empty()) {
        bool const is_v0 = who.token && who.token->dialect == jwt::dialect::v0;
        return std::optional{named{.like = {}, .form = is_v0 ? document_form::v0 : document_form::v1}};
    }
    std::vector<std::string> segments;
    while (!rest.empty()) {
        rest.remove_prefix(1); // the slash
        auto const raw = rest.substr(0, rest.find('/'));
        auto const segment = raw.empty() ? std::optional<std::string>{""} : decoded(raw);
        if (!segment) {
            return bad_request("the path has a broken percent-encoding");
        }
        segments.push_back(*segment);
        rest.remove_prefix(std::min(rest.size(), rest.find('/')));
    }
    bool const is_v1 = segments[0] == "exact" || segments[0] == "urlpattern";
    auto const selector = is_v1 ? 2U : 1U;
    if (segments.size() < selector || segments.size() > selector + 1) {
        return std::optional<named>{};
    }
    return std::optional{
        named{.like = subscription{.match_type = is_v1 ? segments[0] : "", .match = segments[selector - 1]},
              .subscriber_id = segments.size() > selector ? segments[selector] : "",
              .form = is_v1 ? document_form::v1 : document_form::v0}};
}

/// Whether the token grants to subscribe to the path, as if it were a topic.
[[nodiscard]] bool reaches(admission const& who, std::string_view path, url_pattern::base_url const& base)
{
    return who.everything || (who.token && publish_topics{who.token->subscribe, base}(path));
}

/// As a quoted string in a header field, whose ids have no control character.
[[nodiscard]] std::string quoted(std::string_view text)
{
    std::string made = "\"";
    for (char const c : text) {
        made.append(c == '"' || c == '\\' ? "\\" : "").push_back(c);
    }
    return made + '"';
}

/// Whether the list of a field `If-None-Match` has the entity tag, or is `*` (RFC 9110, section 13.1.2). The tag has no
/// comma.
[[nodiscard]] bool has_tag(std::string_view list, std::string_view tag)
{
    while (!list.empty()) {
        auto one = take_trimmed(list, ',');
        one.remove_prefix(one.starts_with("W/") ? 2 : 0);
        if (one == tag || one == "*") {
            return true;
        }
    }
    return false;
}

/// Why the path is not for who asks: 401 without a token, 403 with one that does not reach.
[[nodiscard]] reply not_for(admission const& who, std::string_view path, std::string const& resource_metadata)
{
    if (!who.token) {
        return not_let_in({.given = false, .detail = "what tells of subscriptions needs a token"}, resource_metadata);
    }
    return problem_reply({.status = 403, .detail = fmt::format("the token does not grant to subscribe to '{}'", path)});
}

class subscriptions_api {
public:
    subscriptions_api(active_subscriptions const& all, broker const& b, std::string origin, url_pattern::base_url base)
        : all_{all}, broker_{b}, origin_{std::move(origin)}, base_{std::move(base)}
    {
    }

    [[nodiscard]] reply answer(routed_request const& request) const
    {
        auto const path = request.raw_path;
        if (!reaches(request.who, path, base_)) {
            return not_for(request.who, path, origin_ + metadata_path);
        }
        auto found = read_segments(path.substr(std::min(path.size(), subscriptions_path.size())), request.who);
        if (found.has_error()) {
            return problem_reply(found.error());
        }
        return *found ? tell_of(**found, request) : nothing_here();
    }

private:
    [[nodiscard]] static reply nothing_here()
    {
        return problem_reply({.status = 404, .detail = "there is no such subscription"});
    }

    [[nodiscard]] reply tell_of(named const& wanted, routed_request const& request) const
    {
        auto const query = parse_form(request.input.query, "query");
        if (query.has_error()) {
            return problem_reply(query.error());
        }
        auto const after = single_value(*query, "after", "query");
        if (after.has_error()) {
            return problem_reply(after.error());
        }
        auto const newest = broker_.newest_event_id();
        auto const cursor = newest.lo == 0 ? std::string{earliest_event_id} : to_string(newest);
        bool const is_one = !wanted.subscriber_id.empty();
        auto const page = all_.list({.like = wanted.like ? &*wanted.like : nullptr,
                                     .subscriber_id = wanted.subscriber_id,
                                     .after = after->has_value() ? std::string_view{**after} : ""},
                                    wanted.form, is_one ? cursor : "");
        if (is_one && page.documents.empty()) {
            return nothing_here();
        }
        bool const is_v1 = wanted.form == document_form::v1;
        auto const tag = quoted(cursor);
        reply r{.status = 200,
                .content_type = is_v1 ? "application/json" : "application/ld+json",
                .body = {},
                .cache_control = "must-revalidate"};
        if (has_tag(joined(request.head, boost::beast::http::field::if_none_match), tag)) {
            r.status = 304;
        } else {
            r.body =
                is_one ? page.documents.front() : describe_all(page.documents, request.raw_path, wanted.form, cursor);
        }
        r.fields.add("ETag", tag);
        add_links(r, request.raw_path, cursor, page.next);
        return r;
    }

    void add_links(reply& r, std::string_view path, std::string_view cursor, std::string_view next) const
    {
        r.fields.add("Link", fmt::format(R"(<{}{}>; rel="mercure"; last-event-id={}; type="mercure"; )"
                                         R"(content-type="application/json")",
                                         origin_, hub_path, quoted(cursor)));
        if (!next.empty()) {
            r.fields.add("Link", fmt::format(R"(<{}{}?after={}>; rel="next")", origin_, path, next));
        }
    }

    active_subscriptions const& all_;
    broker const& broker_;
    std::string origin_;
    url_pattern::base_url base_;
};

} // namespace

std::vector<subscription> subscriptions_of(boost::beast::http::request_header<> const& request, std::string_view form,
                                           admission const& who, url_pattern::base_url const& base)
{
    std::vector<subscription> all;
    auto const given = read_selectors(query_of(view(request.target())), form);
    if (given.has_error()) {
        return all;
    }
    payloads const of_token{who, base};
    for (auto const& [unused, text] : given->topics) {
        add_once(all, {.match_type = {}, .match = text, .payload = of_token.of(text)});
    }
    for (auto const& [name, text] : given->matchers) {
        auto const* const type = name == urlpattern_parameter ? "urlpattern" : "exact";
        add_once(all, {.match_type = type, .match = text, .payload = of_token.of(text)});
    }
    return all;
}

void add_subscriptions_routes(router& to, active_subscriptions& all, broker& b, std::string const& origin,
                              url_pattern::base_url const& base)
{
    auto const api = std::make_shared<subscriptions_api const>(all, b, origin, base);
    auto const answer = [api](routed_request const& r) { return std::optional{api->answer(r)}; };
    to.add(access::subscribe, "GET", std::string{subscriptions_path}, answer);
    to.add(access::subscribe, "GET", std::string{subscriptions_path} + "/{*}", answer);
    for (auto const* const rest : {"", "/{*}"}) {
        to.describe(std::string{subscriptions_path} + rest, origin + metadata_path, "Link, ETag");
    }
}

} // namespace sluice::server::mercure
