#include "http_connection.hpp"

#include "access/origin.hpp"
#include "logs/logging_observer.hpp"
#include "peer_address.hpp"
#include <sluice/http/field_value.hpp>
#include <sluice/http/form.hpp>
#include <sluice/http/retry_after.hpp>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/field.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <new>
#include <optional>
#include <utility>

namespace sluice::server {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr auto as_result = asio::as_tuple(asio::deferred);
/// Answers are written once there are this many bytes, even if more requests have arrived.
constexpr std::size_t flush_size = std::size_t{64} << 10U;
/// How much a client may still send after the answer that closes its connection.
constexpr std::size_t farewell_bytes = std::size_t{16} << 20U;
/// How much of an unwanted body is read and dropped.
constexpr std::size_t unwanted_body_limit = std::size_t{64} << 10U;
/// A body has this time in all, and one more second for each this many bytes of it.
constexpr std::chrono::seconds body_time{10};
constexpr std::uint64_t bytes_a_second = std::uint64_t{16} << 10U;
/// A larger body (in bytes) or batch (in lines) is not processed on a worker, because other clients wait there.
constexpr std::size_t most_bytes_at_once = std::size_t{64} << 10U;
constexpr std::ptrdiff_t most_lines_at_once = 1000;
/// How much room for answers an idle connection keeps.
constexpr std::size_t most_kept_idle = std::size_t{4} << 10U;
/// After a body of this size the allocator may hold more memory than it needs.
constexpr std::size_t large_body = std::size_t{1} << 20U;

[[nodiscard]] std::size_t body_limit(broker const& b) { return 8 * b.limits().max_event_bytes; }

enum class content_coding { identity, gzip, other };

/// The content coding of the body (RFC 9110, section 8.4).
[[nodiscard]] content_coding coding_of(http_request const& head)
{
    using boost::algorithm::iequals;
    auto found = content_coding::identity;
    auto const [begin, end] = head.equal_range(http::field::content_encoding);
    for (auto it = begin; it != end; ++it) {
        for (auto list = view(it->value()); !list.empty();) {
            auto const coding = take_trimmed(list, ',');
            bool const packs = !coding.empty() && !iequals(coding, "identity");
            bool const is_gzip = iequals(coding, "gzip") || iequals(coding, "x-gzip");
            if (packs) {
                found = is_gzip && found == content_coding::identity ? content_coding::gzip : content_coding::other;
            }
        }
    }
    return found;
}

/// Whether processing the body would take so long that it delays other clients.
[[nodiscard]] bool is_much_work(publish_input const& in)
{
    return in.body.size() > most_bytes_at_once ||
           (is_batch(in.content_type) && std::ranges::count(in.body, '\n') > most_lines_at_once);
}

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
    if (idle || bids_farewell_) {
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

task<http_connection::outcome> http_connection::run(std::unique_ptr<handover> pending)
{
    if (pending) {
        reader_.put_back(pending->rest);
        answer_due_ = true;
        names_event_stream_ = pending->request->names_event_stream;
        if (auto done = co_await claim(*pending->to, std::move(pending->request), std::move(pending->how))) {
            co_return std::move(*done);
        }
    }
    while (!ending_) {
        auto step = reader_.next();
        if (std::holds_alternative<request_reader::head_complete>(step)) {
            begin();
        } else if (auto* const request = std::get_if<http_request>(&step)) {
            if (auto done = co_await serve(std::move(*request))) {
                co_return std::move(*done);
            }
        } else if (auto last = last_answer(step)) {
            co_await end_with(std::move(*last));
            break;
        } else {
            if (std::holds_alternative<request_reader::wants_continue>(step)) {
                out_ += "HTTP/1.1 100 Continue\r\n\r\n";
            }
            bool const has_turn_only = std::holds_alternative<request_reader::wants_turn>(step);
            bool const goes_on = has_turn_only ? co_await give_way() : co_await read();
            if (!goes_on) {
                break;
            }
        }
    }
    drop_body();
    co_await say_farewell();
    co_return outcome{};
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
        co_await end_with(no_room_for_body());
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
    auto last = last_answer(problem{.status = 408, .detail = "the request did not arrive in time"});
    co_await end_with(std::move(*last));
    co_return false;
}

/// Lets other work have its turn before more of the input is processed.
task<bool> http_connection::give_way()
{
    if (!hold_body(reader_.body_footprint())) {
        co_await end_with(no_room_for_body());
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

reply http_connection::no_room_for_body() const
{
    return with_retry_after(
        problem_reply({.status = 503, .detail = "the bodies of other requests take up all of body_memory"}),
        service_.broker.config().streams);
}

reply http_connection::no_memory() const
{
    return with_retry_after(problem_reply(to_problem(errc::no_memory)), service_.broker.config().streams);
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
void http_connection::begin()
{
    auto const& head = reader_.head();
    request_under_way now;
    now.how.http_1_1 = head.version() >= 11;
    now.how.keep_alive = head.keep_alive();
    now.how.head = head.method() == http::verb::head;
    now.how.fields = worker_.settings().cors.fields(view(head[http::field::origin]));
    now.to = dispatch(head, entrance_, worker_.settings());
    under_way_ = std::move(now);
    answer_due_ = true;
    expect_body(head);
    auto const& to = under_way_->to;
    names_event_stream_ = !to.answer && to.route->is_stream() && names_event_stream(head);
    if (to.answer || to.route->is_stream()) {
        under_way_->client = worker_.settings().proxies.client(remote_address_, head);
    }
    under_way_->how.trace = begin_trace(view(http::to_string(head.method())), under_way_->to.path);
    tell_of_credentials(head);
}

/// Sets how the body is treated. If its coding is not understood, the request is answered by its head alone.
void http_connection::expect_body(http_request const& head)
{
    auto& to = under_way_->to;
    bool const is_wanted = !to.answer && to.route->takes_body;
    auto const coding = is_wanted ? coding_of(head) : content_coding::identity;
    if (coding == content_coding::other) {
        to.answer = problem_reply({.status = 415, .detail = "the only Content-Encoding accepted is gzip"});
    }
    bool const is_kept = is_wanted && !to.answer;
    reader_.expect_body({.limit = is_kept ? body_limit(service_.broker) : unwanted_body_limit,
                         .kept = is_kept,
                         .packed = coding == content_coding::gzip});
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

/// The answer with which the connection ends, if the reader's step leads to one. A client that is answered by the head
/// alone is not asked for the body, nor told what is wrong with it.
std::optional<reply> http_connection::last_answer(request_reader::step const& step) const
{
    auto const* const wrong = std::get_if<problem>(&step);
    bool const about_body = wrong != nullptr ? wrong->status == 413 || wrong->status == 408
                                             : std::holds_alternative<request_reader::wants_continue>(step);
    if (about_body && under_way_ && under_way_->to.answer) {
        return under_way_->to.answer;
    }
    return wrong != nullptr ? std::optional{problem_reply(*wrong)} : std::nullopt;
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
        auto const r = make_refusal(to_problem(errc::no_memory), names_event_stream_, service_.broker.config().streams);
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
    auto now = under_way_ ? std::move(*under_way_) : request_under_way{};
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
            answered = co_await answer(request, now.to);
        } catch (std::bad_alloc const&) {
            service_.log.on_memory_short();
        }
        put(answered ? *answered : no_memory(), now);
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
void http_connection::put(reply const& r, request_under_way const& now)
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

task<reply> http_connection::answer(http_request const& request, destination const& to)
{
    route_request const in{.input = {.query = query_of(view(request.target())),
                                     .content_type = view(request[http::field::content_type]),
                                     .body = request.body()},
                           .parameter = to.parameter};
    bool const is_long = to.route->in_time != nullptr && is_much_work(in.input);
    if (!is_long) {
        if (auto at_once = to.route->at_once(in)) {
            co_return std::move(*at_once);
        }
    }
    if (!hold_body(request.body().capacity())) {
        co_return no_room_for_body();
    }
    auto in_time = to.route->in_time(in);
    asio::any_io_executor const where = is_long ? service_.side_thread.executor() : worker_.executor();
    auto [failure, answered] = co_await asio::co_spawn(where, std::move(in_time), as_result);
    if (failure) {
        std::rethrow_exception(failure);
    }
    co_return std::move(answered);
}

task<std::optional<http_connection::outcome>> http_connection::serve_stream(http_request const& request,
                                                                            request_under_way const& now)
{
    auto const& how = now.how;
    auto const& to = *now.to.route->stream;
    auto parsed = to.handler.parse(request, now.client, grant::of_everything(now.to.subject));
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
    wanted->fields = how.fields;
    auto const home = to.source.home(wanted->connect.claim);
    if (home && *home != worker_.executor()) {
        auto sent = std::make_unique<handover>(handover{&to, std::move(wanted), how, reader_.take_rest()});
        co_return outcome{.stream = nullptr, .from = nullptr, .elsewhere = std::move(sent)};
    }
    co_return co_await claim(to, std::move(wanted), how);
}

task<std::optional<http_connection::outcome>>
http_connection::claim(stream_route const& to, std::unique_ptr<subscribe_request> request, exchange how)
{
    bool const names_event_stream = request->names_event_stream;
    auto claimed = co_await to.handler.claim<executor_type>(std::move(request));
    if (claimed.has_value()) {
        account(how, 200, 0);
        auto session = std::make_unique<claimed_session>(std::move(*claimed));
        co_return outcome{.stream = std::move(session), .from = &to, .elsewhere = nullptr};
    }
    give(make_refusal(claimed.error(), names_event_stream, to.source.config().streams), how);
    end_after(how);
    co_return std::nullopt;
}

} // namespace sluice::server
