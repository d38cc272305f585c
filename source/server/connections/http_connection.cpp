#include "http_connection.hpp"

#include "access/origin.hpp"
#include "as_result.hpp"
#include "logs/logging_observer.hpp"
#include "peer_address.hpp"
#include "route_call.hpp"
#include <sluice/http/field_value.hpp>

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/field.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <new>
#include <optional>
#include <utility>

namespace sluice::server {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

/// Answers are written once there are this many bytes, even if more requests have arrived.
constexpr std::size_t flush_size = std::size_t{64} << 10U;
/// How much a client may still send after the answer that closes its connection.
constexpr std::size_t farewell_bytes = std::size_t{16} << 20U;
/// A body has this time in all, and one more second for each this many bytes of it.
constexpr std::chrono::seconds body_time{10};
constexpr std::uint64_t bytes_a_second = std::uint64_t{16} << 10U;
/// How much room for answers an idle connection keeps.
constexpr std::size_t most_kept_idle = std::size_t{4} << 10U;
/// After a body of this size the allocator may hold more memory than it needs.
constexpr std::size_t large_body = std::size_t{1} << 20U;

[[nodiscard]] std::size_t body_limit(broker const& b) { return 8 * b.limits().max_event_bytes; }

} // namespace

http_connection::http_connection(socket_type& socket, service& s, entrance const& by, worker& home)
    : socket_{socket},
      service_{s},
      entrance_{by},
      worker_{home},
      remote_address_{peer_address(socket)},
      body_share_{s.bodies}
{
    error_code ignored;
    socket_.non_blocking(true, ignored);
    worker_.add(*this);
}

void http_connection::on_late()
{
    late_ = true;
    error_code ignored;
    socket_.cancel(ignored);
}

void http_connection::on_closing()
{
    bool const idle = reader_.current() == request_reader::phase::idle && out_.empty();
    if (idle || publishes_items_ || bids_farewell_) {
        ending_ = true;
        bids_farewell_ = false;
        error_code ignored;
        socket_.cancel(ignored);
    }
}

void http_connection::on_descriptors_short()
{
    ending_ = true;
    bids_farewell_ = false;
    error_code ignored;
    socket_.cancel(ignored);
}

void http_connection::check_pace()
{
    auto const allowed = body_time + std::chrono::seconds{reader_.body_bytes() / bytes_a_second};
    if (std::chrono::steady_clock::now() - *body_awaited_since_ >= allowed) {
        on_late();
    } else {
        worker_.watch_pace(pace_);
    }
}

task<http_connection::outcome> http_connection::run()
{
    while (!ending_) {
        auto step = reader_.next();
        if (std::holds_alternative<request_reader::head_complete>(step)) {
            judge();
            if (under_way_->to.names_unknown_key && service_.key_set) {
                co_await judge_by_newer_keys();
            }
            begin();
        } else if (auto* const request = std::get_if<http_request>(&step)) {
            if (auto done = co_await serve(std::move(*request))) {
                co_return std::move(*done);
            }
        } else if (auto last = last_answer(step, under_way_)) {
            co_await end_with(std::move(*last));
            break;
        } else if (!co_await go_on(step)) {
            break;
        }
    }
    drop_body();
    co_await say_farewell();
    co_return outcome{};
}

/// Does what the step asks for, in a frame of its own, so that those of idle connections stay small; false when the
/// connection has ended.
task<bool> http_connection::go_on(request_reader::step const& step)
{
    if (std::holds_alternative<request_reader::body_in_parts>(step)) {
        return publish_items();
    }
    if (std::holds_alternative<request_reader::wants_turn>(step)) {
        return give_way();
    }
    if (std::holds_alternative<request_reader::wants_continue>(step)) {
        out_ += continue_line;
    }
    return read();
}

/// Writes pending answers and reads more; false when the connection has ended.
task<bool> http_connection::read()
{
    if (!co_await flush()) {
        co_return false;
    }
    auto const phase = reader_.current();
    bool const between_requests = phase == request_reader::phase::idle;
    if (ending_ || (between_requests && worker_.closing())) {
        co_return false;
    }
    if (!hold_body(reader_.body_footprint())) {
        co_await end_with(no_room_for_body(service_.broker));
        co_return false;
    }
    late_ = false;
    expect_bytes(phase);
    auto const room = reader_.prepare();
    auto const [ec, bytes] = co_await socket_.async_read_some(room, as_result);
    if (late_ && !between_requests) {
        co_return co_await end_late();
    }
    if (ec) {
        co_return false;
    }
    reader_.commit(bytes);
    co_return true;
}

/// Arms the deadlines by which a client that sends nothing, or too little, is given up.
void http_connection::expect_bytes(request_reader::phase phase)
{
    bool const is_idle = phase == request_reader::phase::idle;
    if (is_idle) {
        reader_.shrink();
        if (out_.capacity() > most_kept_idle) {
            out_ = {};
        }
    }
    // The time for the header counts from its first byte, whatever arrives in between.
    if (!std::exchange(header_timed_, phase == request_reader::phase::header) || !header_timed_) {
        worker_.expect(*this, is_idle ? worker::waiting_for::request : worker::waiting_for::rest);
    }
    if (phase == request_reader::phase::body && !body_awaited_since_) {
        body_awaited_since_ = std::chrono::steady_clock::now();
        worker_.watch_pace(pace_);
    }
}

task<bool> http_connection::end_late()
{
    auto last = last_answer(problem{.status = 408, .detail = "the request did not arrive in time"}, under_way_);
    co_await end_with(std::move(*last));
    co_return false;
}

/// Lets other work have its turn before more of the input is processed.
task<bool> http_connection::give_way()
{
    if (!hold_body(reader_.body_footprint())) {
        co_await end_with(no_room_for_body(service_.broker));
        co_return false;
    }
    co_await asio::post(worker_.executor(), asio::deferred);
    co_return true;
}

/// Accounts for the body's memory; false if all bodies together take too much.
bool http_connection::hold_body(std::size_t bytes) noexcept
{
    return body_share_.resize(bytes, worker_.settings().body_memory);
}

void http_connection::drop_body()
{
    if (body_share_.bytes() >= large_body) {
        service_.side_thread.return_memory();
    }
    (void)hold_body(0);
}

task<bool> http_connection::flush()
{
    if (out_.empty()) {
        co_return true;
    }
    // Written immediately: an answer nearly always fits into the socket's buffer, and then costs no turn of the event
    // loop.
    error_code ec;
    auto const written = socket_.write_some(asio::buffer(out_), ec);
    if (ec == asio::error::would_block || (!ec && written < out_.size())) {
        worker_.expect(*this, worker::waiting_for::request);
        header_timed_ = false;
        auto const rest = asio::buffer(out_) + written;
        std::size_t bytes = 0;
        std::tie(ec, bytes) = co_await asio::async_write(socket_, rest, as_result);
        deadline_entry::unlink();
    }
    out_.clear();
    co_return !ec;
}

/// Judges the request whose head has arrived, before any of its body is read.
void http_connection::judge()
{
    auto const& head = reader_.head();
    under_way_ = judge_request(head, entrance_, worker_.settings(), worker_.tokens(), remote_address_,
                               body_limit(service_.broker));
}

/// The keys may have changed at their source.
task<void> http_connection::judge_by_newer_keys()
{
    auto const fetched = service_.key_set->ask_for_newer(worker_.executor());
    co_await fetched->async_wait(as_result);
    judge();
}

void http_connection::begin()
{
    auto const& head = reader_.head();
    answer_due_ = true;
    reader_.expect_body(under_way_->body);
    auto const& to = under_way_->to;
    bool const is_stream = !to.answer && to.route->is_stream();
    names_event_stream_ = is_stream && names_event_stream(head);
    manners_ = is_stream ? to.route->stream->manners : stream_manners::control_events;
    tell_of_credentials(head);
}

/// Logs what the page cannot see: that its browser withholds the answer from it.
void http_connection::tell_of_credentials(http_request const& head)
{
    auto const origin = view(head[http::field::origin]);
    if (!origin.empty() && head.count(http::field::cookie) != 0 && worker_.settings().cors.is_covered_by_star(origin) &&
        !is_own_origin(origin, view(head[http::field::host]))) {
        service_.log.on_credentials_for_star(origin, under_way_->to.path);
    }
}

/// The request's memory is released first, so that there is nearly always enough for the answer.
void http_connection::give_up() noexcept
{
    service_.log.on_memory_short();
    reader_.forget();
    drop_body();
    std::string made;
    constexpr std::string_view shortest =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    std::string_view last = answer_due_ ? shortest : std::string_view{};
    try {
        auto const r =
            make_refusal(to_problem(errc::no_memory), names_event_stream_, service_.broker.config().streams, manners_);
        if (answer_due_) {
            append_response(made, r, {.keep_alive = false});
            last = made;
        }
    } catch (std::bad_alloc const&) { // NOLINT(bugprone-empty-catch): then it is the shorter one
    }
    // Answers to what came before go out first.
    std::array const bytes{asio::buffer(std::as_const(out_)), asio::buffer(last)};
    error_code ignored;
    socket_.write_some(bytes, ignored);
    out_.clear();
    bids_farewell_ = true;
}

task<void> http_connection::end_with(reply r)
{
    late_ = false;
    bids_farewell_ = true;
    auto now = under_way_ ? std::move(*under_way_) : judged_request{};
    now.how.keep_alive = false;
    put(r, now);
    co_await flush();
}

/// Closes the connection so that the client can still read the last answer. Closing a socket with unread bytes resets
/// it, and the answer would be lost (RFC 9112, section 9.6).
task<void> http_connection::say_farewell()
{
    if (!out_.empty()) {
        co_await flush();
    }
    if (!bids_farewell_ || worker_.closing()) {
        co_return;
    }
    error_code ec;
    socket_.shutdown(asio::socket_base::shutdown_send, ec);
    late_ = false;
    worker_.expect(*this, worker::waiting_for::farewell);
    for (std::size_t total = 0; !ec && !late_ && total < farewell_bytes;) {
        auto const buffer = worker_.unread();
        std::size_t bytes = 0;
        std::tie(ec, bytes) = co_await socket_.async_read_some(buffer, as_result);
        total += bytes;
    }
    deadline_entry::unlink();
}

task<std::optional<http_connection::outcome>> http_connection::serve(http_request request)
{
    deadline_entry::unlink();
    pace_.unlink();
    body_awaited_since_.reset();
    header_timed_ = false;
    auto now = std::move(*under_way_);
    under_way_.reset();
    now.how.keep_alive = now.how.keep_alive && !worker_.closing();
    if (now.to.answer) {
        put(*now.to.answer, now);
    } else if (now.to.route->is_stream()) {
        if (auto done = co_await serve_stream(request, now)) {
            co_return done;
        }
    } else if (auto const& wrong = reader_.unreadable()) {
        put(problem_reply(*wrong), now);
    } else {
        std::optional<reply> answered;
        try {
            answered = co_await call_route(request, now.to, service_, worker_, body_share_);
        } catch (std::bad_alloc const&) {
            service_.log.on_memory_short();
        }
        put(answered ? *answered : no_memory(service_.broker), now);
    }
    request.body() = {};
    drop_body();
    end_after(now.how);
    if (out_.size() >= flush_size && !co_await flush()) {
        ending_ = true;
    }
    co_return std::nullopt;
}

/// Adds an answer to those that are to be written, counts and logs it, and reports a refusal.
void http_connection::put(reply const& r, judged_request const& now)
{
    service_.log.on_answered(r, now.client, now.to.path);
    give(r, now.how);
}

void http_connection::give(reply const& r, exchange const& how)
{
    account(how, r.status, how.head ? 0 : r.body.size());
    append_response(out_, r, how);
    answer_due_ = false;
}

/// Counts and logs the answer to a request.
void http_connection::account(exchange const& how, unsigned status, std::size_t bytes)
{
    worker_.requests().add(how.trace.route, status);
    log_request(how.trace, status, bytes);
}

/// The connection ends with this exchange if this or an earlier one demands it.
void http_connection::end_after(exchange const& how)
{
    ending_ = ending_ || !how.keep_alive;
    bids_farewell_ = ending_;
}

} // namespace sluice::server
