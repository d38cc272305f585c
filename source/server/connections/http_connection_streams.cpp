// How a connection becomes a stream.
#include "http_connection.hpp"
#include <sluice/http/field_value.hpp>
#include <sluice/http/publish_request.hpp>
#include <sluice/http/subscribe.hpp>

#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::server {

namespace http = boost::beast::http;

namespace {

/// The form in the body of a request for a stream; empty for a `GET`, which has none.
[[nodiscard]] expected<std::string_view> form_in(http_request const& request)
{
    if (request.method() == http::verb::get || request.method() == http::verb::head) {
        return std::string_view{};
    }
    auto const type = view(request[http::field::content_type]);
    if (!is_form(type) && !(type.empty() && request.body().empty())) {
        return problem{.status = 415, .detail = "the body of a request for a stream is a form"};
    }
    return std::string_view{request.body()};
}

} // namespace

task<std::optional<http_connection::outcome>> http_connection::serve_stream(http_request const& request,
                                                                            judged_request const& now)
{
    auto const& how = now.how;
    auto const& to = *now.to.route->stream;
    auto const form = form_in(request);
    auto const& unreadable = reader_.unreadable();
    auto parsed = unreadable         ? expected<subscribe_request>{*unreadable}
                  : form.has_error() ? expected<subscribe_request>{form.error()}
                                     : to.parse(request, now.client, now.to.who.to_subscribe(), *form);
    if (parsed.has_error()) {
        give(problem_reply(parsed.error()), how);
        co_return std::nullopt;
    }
    if (how.head) {
        account(how, 200, 0);
        append_stream_head(out_, how);
        co_return std::nullopt;
    }
    // The answers to earlier requests go out first.
    if (!co_await flush()) {
        ending_ = true;
        co_return std::nullopt;
    }
    auto wanted = std::make_unique<subscribe_request>(std::move(*parsed));
    wanted->fields.add(how.fields);
    auto claimed = co_await claim(to, std::move(wanted), now);
    if (claimed && to.attend) {
        claimed->attendance = to.attend(request, *form, now.to.who);
    }
    co_return claimed;
}

task<std::optional<http_connection::outcome>>
http_connection::claim(stream_route const& to, std::unique_ptr<subscribe_request> request, judged_request const& now)
{
    auto const& how = now.how;
    bool const names_event_stream = request->names_event_stream;
    auto claimed = co_await to.handler.claim<executor_type>(std::move(request));
    // What was revoked during the claim may have ended all its streams before this one was one of them.
    bool const is_revoked = now.to.who.token && worker_.tokens().is_revoked(*now.to.who.token);
    if (claimed.has_value() && is_revoked) {
        put(not_let_in({.detail = std::string{to_text(jwt::refusal::revoked)}}, now.to.route->resource_metadata), now);
        end_after(how);
        co_return std::nullopt;
    }
    if (claimed.has_value()) {
        account(how, 200, 0);
        auto session = std::make_unique<claimed_session>(std::move(*claimed));
        co_return outcome{.stream = std::move(session), .from = &to, .attendance = {}};
    }
    give(make_refusal(claimed.error(), names_event_stream, to.source.config().streams, to.manners), how);
    end_after(how);
    co_return std::nullopt;
}

} // namespace sluice::server
