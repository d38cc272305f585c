#include "dispatch.hpp"

#include "origin.hpp"
#include <sluice/http/form.hpp>

#include <boost/beast/http/field.hpp>

#include <fmt/format.h>

namespace sluice::server {

namespace http = boost::beast::http;

namespace {

[[nodiscard]] std::string_view view(boost::beast::string_view text) noexcept { return {text.data(), text.size()}; }

[[nodiscard]] bool names_host(http_request const& head)
{
    auto const hosts = head.count(http::field::host);
    return hosts == 1 || (hosts == 0 && head.version() < 11);
}

[[nodiscard]] reply preflight(http_request const& head, std::string const& methods, cors_policy const& cors)
{
    reply r{.status = 204, .content_type = {}, .body = {}, .extra_fields = fmt::format("Allow: {}\r\n", methods)};
    r.extra_fields += cors.preflight_fields(view(head[http::field::origin]), methods,
                                            view(head[http::field::access_control_request_headers]));
    return r;
}

/// Says what is needed, and no more (RFC 6750, section 3).
[[nodiscard]] reply unauthorized(access needed)
{
    auto r = problem_reply({.status = 401,
                            .detail = needed == access::subscribe
                                          ? "a stream needs the subscribe token, as 'Authorization: Bearer' or "
                                            "'access_token' in the query"
                                          : "this needs the publish token, as 'Authorization: Bearer'"});
    r.extra_fields = "WWW-Authenticate: Bearer\r\n";
    return r;
}

[[nodiscard]] reply no_such_method(std::string_view method, std::string const& allowed)
{
    auto r = problem_reply({.status = 405, .detail = fmt::format("the method {} is not for this path", method)});
    r.extra_fields = fmt::format("Allow: {}\r\n", allowed);
    return r;
}

/// What is at the path, for this method, if it may be had.
[[nodiscard]] destination dispatch(http_request const& head, router::resource const& found, std::string_view query,
                                   settings const& in_force)
{
    destination to{.answer = {}, .route = nullptr, .path = found.path, .parameter = {}, .subject = {}};
    auto const method = view(head.method_string());
    if (head.method() == http::verb::options) {
        to.answer = preflight(head, found.allowed(), in_force.cors);
        return to;
    }
    auto const needed = found.access(method);
    auto subject = in_force.access.authenticate(needed, head, query);
    to.route = found.find(method);
    if (!subject) {
        to.answer = unauthorized(needed);
    } else if (needed == access::publish && is_foreign(head, in_force.cors)) {
        to.answer = problem_reply({.status = 403, .detail = "pages of this origin may not publish or control"});
    } else if (to.route == nullptr) {
        to.answer = no_such_method(method, found.allowed());
    } else {
        to.parameter = found.parameter;
        to.subject = std::move(*subject);
    }
    return to;
}

} // namespace

destination dispatch(http_request const& head, router const& routes, settings const& in_force)
{
    destination nowhere;
    auto const to = parse_target(view(head.target()));
    if (to.has_error()) {
        nowhere.answer = problem_reply(to.error());
    } else if (!names_host(head)) {
        nowhere.answer = problem_reply(bad_request("the request has no Host, or several"));
    } else if (auto const found = routes.find(to->path)) {
        return dispatch(head, *found, to->query, in_force);
    } else {
        nowhere.answer = problem_reply({.status = 404, .detail = "there is nothing at this path"});
    }
    return nowhere;
}

} // namespace sluice::server
