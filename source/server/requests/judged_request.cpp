#include "judged_request.hpp"

#include <sluice/http/content_coding.hpp>
#include <sluice/http/field_value.hpp>
#include <sluice/http/form.hpp>
#include <sluice/http/publish_request.hpp>

#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>

#include <limits>
#include <optional>
#include <string_view>
#include <variant>

namespace sluice::server {

namespace http = boost::beast::http;

namespace {

/// How much of an unwanted body is read and dropped.
constexpr std::size_t unwanted_body_limit = std::size_t{64} << 10U;
/// How long the form of a request for a stream may be.
constexpr std::size_t stream_form_limit = std::size_t{1} << 20U;
/// The limit of a body that is taken in parts, none of which is kept.
constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max() / 2;

[[nodiscard]] exchange exchange_of(http_request const& head, cors_policy const& cors)
{
    return {.http_1_1 = head.version() >= 11,
            .keep_alive = head.keep_alive(),
            .head = head.method() == http::verb::head,
            .fields = cors.fields(view(head[http::field::origin]))};
}

/// Lets a page that may read the answer read these fields of it, too.
void expose(response_fields& fields, std::string_view more)
{
    bool may_read = false;
    fields.for_each([&](std::string_view name, std::string_view /*value*/) {
        may_read = may_read || name == "Access-Control-Allow-Origin";
    });
    if (may_read && !more.empty()) {
        fields.add("Access-Control-Expose-Headers", more);
    }
}

/// How the body is treated. If its coding is not understood, the request is answered by its head alone.
[[nodiscard]] body_terms terms_of(http_request const& head, destination& to, std::size_t body_limit)
{
    bool const in_parts = !to.answer && to.route->takes_items && asks_for_items(query_of(view(head.target())));
    bool const is_wanted = in_parts || (!to.answer && to.route->takes_body);
    auto const coding = is_wanted ? coding_of(joined(head, http::field::content_encoding)) : content_coding::none;
    if (coding == content_coding::other) {
        to.answer = problem_reply({.status = 415, .detail = "the only Content-Encoding accepted is gzip"});
    }
    bool const is_kept = is_wanted && !to.answer;
    auto const wanted_limit = in_parts ? no_limit : is_kept && to.route->is_stream() ? stream_form_limit : body_limit;
    return {.limit = is_kept ? wanted_limit : unwanted_body_limit,
            .kept = is_kept,
            .packed = coding == content_coding::gzip,
            .in_parts = in_parts && is_kept};
}

} // namespace

judged_request judge_request(http_request const& head, entrance const& by, settings const& in_force,
                             jwt::verifier& tokens, std::string const& peer, std::size_t body_limit)
{
    judged_request now{
        .how = exchange_of(head, in_force.cors), .to = dispatch(head, by, in_force, tokens), .client = {}, .body = {}};
    if (now.to.route != nullptr) {
        expose(now.how.fields, now.to.route->exposed_fields);
    }
    now.body = terms_of(head, now.to, body_limit);
    if (now.to.answer || now.to.route->is_stream() || now.body.in_parts) {
        now.client = in_force.proxies.client(peer, head);
    }
    now.how.trace = begin_trace(view(http::to_string(head.method())), now.to.path);
    return now;
}

std::optional<reply> last_answer(request_reader::step const& step, std::optional<judged_request> const& request)
{
    auto const* const wrong = std::get_if<problem>(&step);
    bool const about_body = wrong != nullptr ? wrong->status == 413 || wrong->status == 408
                                             : std::holds_alternative<request_reader::wants_continue>(step);
    if (about_body && request && request->to.answer) {
        return request->to.answer;
    }
    return wrong != nullptr ? std::optional{problem_reply(*wrong)} : std::nullopt;
}

} // namespace sluice::server
