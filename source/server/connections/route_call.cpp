#include "route_call.hpp"

#include "keyed_request.hpp"
#include "side_thread.hpp"
#include <sluice/http/field_value.hpp>
#include <sluice/http/form.hpp>
#include <sluice/http/retry_after.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/beast/http/field.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <variant>

namespace sluice::server {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

/// A batch of more lines is not processed on a worker, like a large body.
constexpr std::ptrdiff_t most_lines_at_once = 1000;

/// The path of a target in the origin form or the absolute form (RFC 9112, section 3.2).
[[nodiscard]] std::string_view path_of(std::string_view target)
{
    auto path = target.substr(0, target.find('?'));
    if (auto const scheme_end = path.find("://"); !path.starts_with('/') && scheme_end != std::string_view::npos) {
        path.remove_prefix(std::min(path.size(), path.find('/', scheme_end + 3)));
    }
    return path;
}

/// Whether processing the body would take so long that it delays other clients.
[[nodiscard]] bool is_much_work(publish_input const& in)
{
    return in.body.size() > most_bytes_on_worker ||
           (is_batch(in.content_type) && std::ranges::count(in.body, '\n') > most_lines_at_once);
}

/// Whether what the route answers is up to what a stream of the sender may have.
[[nodiscard]] bool reads_events(access a) { return a == access::subscribe || a == access::presence; }

/// The route's own answer, on the worker or on the side thread.
task<reply> answer_of_route(http_request const& request, destination const& to, service& s, worker& by,
                            body_memory::share& body)
{
    routed_request const in{{.input = {.query = query_of(view(request.target())),
                                       .content_type = view(request[http::field::content_type]),
                                       .body = request.body()},
                             .parameter = to.parameter,
                             .rights = to.who.to_publish(),
                             .grant = reads_events(to.route->access) ? to.who.to_subscribe() : grant{}},
                            to.who,
                            path_of(view(request.target())),
                            request};
    bool const is_long = to.route->in_time != nullptr && is_much_work(in.input);
    if (!is_long) {
        if (auto at_once = to.route->at_once(in)) {
            co_return std::move(*at_once);
        }
    }
    if (!body.resize(request.body().capacity(), by.settings().body_memory)) {
        co_return no_room_for_body(s.broker);
    }
    auto in_time = to.route->in_time(in);
    asio::any_io_executor const where = is_long ? s.side_thread.executor() : by.executor();
    co_return co_await asio::co_spawn(where, std::move(in_time), use_task);
}

/// The answer to a request with a key. It is the route's own the first time.
task<reply> answer_once(http_request const& request, destination const& to, service& s, worker& by,
                        body_memory::share& body)
{
    auto begun = co_await begin_keyed(request, to, s, by);
    if (auto* const known = std::get_if<reply>(&begun)) {
        co_return std::move(*known);
    }
    auto answered = co_await answer_of_route(request, to, s, by, body);
    std::get<idempotency_keys::first_use>(begun).keep(answered);
    co_return answered;
}

} // namespace

task<reply> call_route(http_request const& request, destination const& to, service& s, worker& by,
                       body_memory::share& body)
{
    auto answering =
        is_keyed(request, to, s) ? answer_once(request, to, s, by, body) : answer_of_route(request, to, s, by, body);
    auto answered = co_await std::move(answering);
    if (answered.status == 403 && to.who.token) {
        add_challenge(answered, "the token does not reach what the request is for", to.route->resource_metadata);
    }
    co_return answered;
}

reply no_room_for_body(broker const& b)
{
    return error_reply(problem{.status = 503, .detail = no_room_detail}, b.config().streams);
}

reply no_memory(broker const& b) { return error_reply(errc::no_memory, b.config().streams); }

} // namespace sluice::server
