#include "dispatch.hpp"

#include "access/origin.hpp"
#include <sluice/http/field_value.hpp>
#include <sluice/http/form.hpp>

#include <boost/beast/http/field.hpp>

#include <fmt/format.h>

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

/// The challenge, which says which check failed (RFC 6750, section 3).
[[nodiscard]] reply unauthorized(token_refusal const& why)
{
    auto r = problem_reply({.status = 401, .detail = why.detail});
    r.fields.add("WWW-Authenticate",
                 why.given ? fmt::format(R"(Bearer error="invalid_token", error_description="{}")", why.detail)
                           : "Bearer");
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
        fmt::format("'{}' in Host is not a name of this server: without a publish token only IP addresses, "
                    "localhost and allowed_host are",
                    view(host->value())));
}

[[nodiscard]] std::optional<problem> foreign_page(http_request const& head, access needed, settings const& in_force)
{
    if (needed != access::publish || !is_foreign(head, in_force.cors)) {
        return std::nullopt;
    }
    return forbidden(head.count(http::field::origin) != 0
                         ? "pages of this origin may not publish or control: Origin is neither this server's nor one "
                           "of cors_origin"
                         : "pages of another origin may not publish or control, and Sec-Fetch-Site says that one "
                           "sent this");
}

[[nodiscard]] reply no_such_method(std::string_view method, std::string const& allowed)
{
    auto r = problem_reply({.status = 405, .detail = fmt::format("this path does not take the method {}", method)});
    r.fields.add("Allow", allowed);
    return r;
}

/// Finds the route for the path and method, if the request may use it.
[[nodiscard]] destination dispatch(http_request const& head, router::resource const& found, std::string_view query,
                                   entrance const& by, settings const& in_force)
{
    destination to{.answer = {}, .route = nullptr, .path = found.path, .parameter = {}, .subject = {}};
    auto const method = view(head.method_string());
    auto const needed = found.access(method);
    bool const asks_first = head.method() == http::verb::options;
    bool const trusted = by.trusts && needed == access::publish;
    auto subject =
        asks_first || trusted ? authentication{std::string{}} : in_force.access.authenticate(needed, head, query);
    to.route = found.find(method);
    if (!subject) {
        to.answer = unauthorized(subject.error());
    } else if (auto const refused = wrong_host(head, found.path, by, in_force)) {
        to.answer = problem_reply(*refused);
    } else if (asks_first) {
        to.answer = preflight(head, found.allowed(), in_force.cors);
    } else if (auto const foreign = foreign_page(head, needed, in_force)) {
        to.answer = problem_reply(*foreign);
    } else if (to.route == nullptr) {
        to.answer = no_such_method(method, found.allowed());
    } else {
        to.parameter = found.parameter;
        to.subject = std::move(*subject);
    }
    return to;
}

} // namespace

destination dispatch(http_request const& head, entrance const& by, settings const& in_force)
{
    destination nowhere;
    auto const to = parse_target(view(head.target()));
    if (to.has_error()) {
        nowhere.answer = problem_reply(to.error());
    } else if (!names_host(head)) {
        nowhere.answer = problem_reply(bad_request("the request has no Host, or several"));
    } else if (auto const found = by.router.find(to->path)) {
        return dispatch(head, *found, to->query, by, in_force);
    } else {
        nowhere.answer = problem_reply({.status = 404, .detail = "there is nothing at this path"});
    }
    return nowhere;
}

} // namespace sluice::server
