// How a body is published while it arrives.
#include "as_result.hpp"
#include "http_connection.hpp"
#include "item_publisher.hpp"
#include "route_call.hpp"
#include <sluice/http/field_value.hpp>
#include <sluice/http/form.hpp>
#include <sluice/http/publish_request.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/field.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace sluice::server {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

[[nodiscard]] expected<item_terms> terms_of(http_request const& head, admission const& who)
{
    if (head.count("Idempotency-Key") != 0) {
        return bad_request("'Idempotency-Key' is not for a request with stream=1: it is not sent again as a whole");
    }
    auto terms = parse_item_terms(
        {.query = query_of(view(head.target())), .content_type = view(head[http::field::content_type]), .body = {}});
    if (terms.has_value()) {
        terms->rights = who.to_publish();
    }
    return terms;
}

/// The answer, which says in a challenge what is wrong with the token, if that is it.
[[nodiscard]] reply answer_of(item_publisher const& to, admission const& who)
{
    auto r = to.answer();
    if (who.token && (r.status == 401 || r.status == 403)) {
        add_challenge(r, r.status == 401 ? "the token is no longer good"
                                         : "the token does not reach what the request is for");
    }
    return r;
}

} // namespace

/// Publishes the items of the body, and answers once it has ended or something is wrong. After an answer before the end
/// the connection ends, because the client may never stop sending. Returns false when the connection has ended.
task<bool> http_connection::publish_items()
{
    deadline_entry::unlink();
    header_timed_ = false;
    auto const who = under_way_->to.who;
    item_publisher to{service_.broker, terms_of(reader_.head(), who)};
    publishes_items_ = true;
    auto step = reader_.next_part();
    for (;; step = reader_.next_part()) {
        co_await take_items(to, step, who);
        if (std::holds_alternative<http_request>(step) || to.gave_up()) {
            break;
        }
        if (std::holds_alternative<request_reader::wants_turn>(step)) {
            co_await asio::post(worker_.executor(), asio::deferred);
            continue;
        }
        if (std::holds_alternative<request_reader::wants_continue>(step)) {
            out_ += continue_line;
        }
        if (!co_await read_items(to)) {
            co_return false;
        }
    }
    publishes_items_ = false;
    if (!std::holds_alternative<http_request>(step)) {
        co_await end_with(answer_of(to, who));
        co_return false;
    }
    auto now = std::move(*under_way_);
    under_way_.reset();
    now.how.keep_alive = now.how.keep_alive && !worker_.closing();
    put(answer_of(to, who), now);
    drop_body();
    end_after(now.how);
    co_return true;
}

/// Publishes what is whole in the part of the body that has arrived with this step.
task<void> http_connection::take_items(item_publisher& to, request_reader::step& step, admission const& who)
{
    auto* const whole = std::get_if<http_request>(&step);
    auto const arrived = whole != nullptr ? std::move(whole->body()) : reader_.take_part();
    auto const& unreadable = whole != nullptr ? reader_.unreadable() : reader_.unreadable_part();
    if (auto const why = worker_.tokens().refuses_now(who.token.get(), who.ends)) {
        to.give_up({.status = 401, .detail = std::string{to_text(*why)}});
    }
    if (!hold_body(arrived.capacity() + to.footprint() + reader_.body_footprint())) {
        to.give_up({.status = 503, .detail = no_room_detail});
    }
    bool const is_last = whole != nullptr && !unreadable;
    if (!arrived.empty() || is_last) {
        co_await publish_part(to, arrived, is_last);
    }
    if (unreadable) {
        to.give_up(*unreadable);
    } else if (auto* const wrong = std::get_if<problem>(&step)) {
        to.give_up(std::move(*wrong));
    }
}

/// Publishes the items of a part, not too many at once.
task<void> http_connection::publish_part(item_publisher& to, std::string_view part, bool is_last)
{
    while (!to.gave_up()) {
        bool const is_long = to.is_much_work();
        if (is_long || !to.try_take(part, is_last)) {
            asio::any_io_executor const where = is_long ? service_.side_thread.executor() : worker_.executor();
            auto taken = to.async_take(part, is_last);
            co_await asio::co_spawn(where, std::move(taken), use_task);
        }
        if (part.empty()) {
            break;
        }
        co_await asio::post(worker_.executor(), asio::deferred);
    }
}

/// Writes what is pending and reads more of the body; false when the connection has ended.
task<bool> http_connection::read_items(item_publisher& to)
{
    if (!co_await flush()) {
        co_return false;
    }
    if (worker_.closing()) {
        to.give_up(to_problem(errc::stopped));
        co_return true;
    }
    late_ = false;
    reader_.shrink();
    worker_.expect(*this, worker::waiting_for::items);
    auto const room = reader_.prepare();
    auto const [ec, bytes] = co_await socket_.async_read_some(room, as_result);
    deadline_entry::unlink();
    if (late_) {
        to.give_up({.status = 408, .detail = "nothing more of the body arrived in time"});
    } else if (ec && worker_.closing()) {
        to.give_up(to_problem(errc::stopped));
    } else if (ec) {
        co_return false;
    }
    reader_.commit(bytes);
    co_return true;
}

} // namespace sluice::server
