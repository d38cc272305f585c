#include "dispatch.hpp"

#include "access/origin.hpp"
#include <sluice/http/field_value.hpp>
#include <sluice/http/form.hpp>
#include <sluice/http/request_fields.hpp>
#include <sluice/http/subscribe.hpp>

#include <boost/beast/http/field.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace sluice::server {

namespace http = boost::beast::http;

namespace {

[[nodiscard]] bool names_host(http_request const& head)
{
    auto const hosts = head.count(http::field::host);
    return hosts == 1 || (hosts == 0 && head.version() < 11);
}

[[nodiscard]] reply preflight(http_request const& head, std::string const& methods, cors_policy const& cors)
{
    reply r{.status = 204, .content_type = {}, .body = {}, .fields = {{"Allow", methods}}};
    r.fields.add(cors.preflight_fields(view(head[http::field::origin]), methods,
                                       view(head[http::field::access_control_request_headers])));
    return r;
}

[[nodiscard]] problem forbidden(std::string detail) { return {.status = 403, .detail = std::move(detail)}; }

/// While no token protects the server, only the name in `Host` reveals a page whose name was made to point at it.
[[nodiscard]] std::optional<problem> wrong_host(http_request const& head, std::string_view path, entrance const& by,
                                                settings const& in_force)
{
    bool const guarded = in_force.access.guards_publishing() && !by.trusts;
    bool const probe = path == "/healthz" || path == "/readyz";
    auto const host = head.find(http::field::host);
    if (guarded || probe || host == head.end() || in_force.hosts.allows(view(host->value()))) {
        return std::nullopt;
    }
    return forbidden(
        fmt::format("'{}' in Host is not a name of this server: without a publish token or key only IP addresses, "
                    "localhost and allowed_host are",
                    view(host->value())));
}

[[nodiscard]] std::optional<problem> foreign_page(http_request const& head, access needed, settings const& in_force)
{
    if (needed < access::publish || !is_foreign(head, in_force.cors)) {
        return std::nullopt;
    }
    return forbidden(head.count(http::field::origin) != 0
                         ? "pages of this origin may not publish or control: Origin is neither this server's nor one "
                           "of cors_origin"
                         : "pages of another origin may not publish or control, and Sec-Fetch-Site says that one "
                           "sent this");
}

/// What is wrong with a query in which there may be a token and nothing else.
[[nodiscard]] std::optional<problem> unknown_parameter(std::string_view query)
{
    auto const named = parse_form(query, "query");
    if (named.has_error()) {
        return named.error();
    }
    auto const is_unknown = [](auto const& field) { return field.first != "access_token"; };
    auto const found = std::ranges::find_if(*named, is_unknown);
    return found == named->end() ? std::nullopt : std::optional{unknown_field(found->first, "the query")};
}

[[nodiscard]] reply no_such_method(std::string_view method, std::string const& allowed)
{
    auto r = problem_reply({.status = 405, .detail = fmt::format("this path does not take the method {}", method)});
    r.fields.add("Allow", allowed);
    return r;
}

/// The route for the method; null if there is none. A stream is requested by `POST` only if the client says that it
/// wants one: a publisher that has mistaken the path would wait for an answer for ever.
[[nodiscard]] route const* route_for(http_request const& head, router::resource const& found)
{
    auto const* const route = found.find(view(head.method_string()));
    bool const is_posted_stream = route != nullptr && route->is_stream() && head.method() == http::verb::post;
    return is_posted_stream && !names_event_stream(head) ? nullptr : route;
}

/// The parameter of a challenge, with what separates it from what is before; empty if the route has no such document.
[[nodiscard]] std::string metadata_parameter(std::string_view before, std::string_view resource_metadata)
{
    return resource_metadata.empty() ? std::string{}
                                     : fmt::format(R"({}resource_metadata="{}")", before, resource_metadata);
}

/// Finds the route for the path and method, if the request may use it.
[[nodiscard]] destination dispatch(http_request const& head, router::resource const& found, std::string_view query,
                                   entrance const& by, settings const& in_force, jwt::verifier& tokens)
{
    destination to{.answer = {}, .route = nullptr, .path = found.path, .parameter = {}, .who = {}};
    auto const method = view(head.method_string());
    auto const needed = found.access(method);
    bool const asks_first = head.method() == http::verb::options;
    bool const trusted = by.trusts && needed >= access::publish;
    auto who = asks_first || trusted ? authentication{admission{.everything = true}}
                                     : in_force.access.authenticate(needed, head, query, in_force.cors, tokens);
    to.route = route_for(head, found);
    if (!who) {
        to.names_unknown_key = who.error().names_unknown_key;
        to.answer = not_let_in(who.error(), to.route != nullptr ? to.route->resource_metadata : "");
    } else if (auto const refused = wrong_host(head, found.path, by, in_force)) {
        to.answer = problem_reply(*refused);
    } else if (asks_first) {
        to.answer = preflight(head, found.allowed(), in_force.cors);
    } else if (auto const foreign = foreign_page(head, needed, in_force)) {
        to.answer = problem_reply(*foreign);
    } else if (to.route == nullptr) {
        to.answer = no_such_method(method, found.allowed(method));
    } else if (auto const unknown = to.route->refuses_query ? unknown_parameter(query) : std::nullopt) {
        to.answer = problem_reply(*unknown);
    } else {
        to.parameter = found.parameter;
        to.who = std::move(*who);
    }
    return to;
}

} // namespace

reply not_let_in(access_refusal const& why, std::string_view resource_metadata)
{
    auto r = problem_reply({.status = why.status, .detail = why.detail});
    if (why.given) {
        add_challenge(r, why.detail, resource_metadata);
    } else {
        r.fields.add("WWW-Authenticate", "Bearer" + metadata_parameter(" ", resource_metadata));
    }
    return r;
}

void add_challenge(reply& r, std::string_view description, std::string_view resource_metadata)
{
    std::string_view const error = r.status == 401 ? "invalid_token" : "insufficient_scope";
    r.fields.add("WWW-Authenticate", fmt::format(R"(Bearer error="{}", error_description="{}"{})", error, description,
                                                 metadata_parameter(", ", resource_metadata)));
}

destination dispatch(http_request const& head, entrance const& by, settings const& in_force, jwt::verifier& tokens)
{
    destination nowhere;
    auto const to = parse_target(view(head.target()));
    if (to.has_error()) {
        nowhere.answer = problem_reply(to.error());
    } else if (!names_host(head)) {
        nowhere.answer = problem_reply(bad_request("the request has no Host, or several"));
    } else if (auto const found = by.router.find(to->path)) {
        return dispatch(head, *found, to->query, by, in_force, tokens);
    } else {
        nowhere.answer = problem_reply({.status = 404, .detail = "there is nothing at this path"});
    }
    return nowhere;
}

} // namespace sluice::server
