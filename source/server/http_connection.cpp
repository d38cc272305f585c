#include "http_connection.hpp"

#include "peer_address.hpp"
#include <sluice/http/form.hpp>
#include <sluice/http/retry_after.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/field.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <exception>
#include <utility>

namespace sluice::server {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr auto as_result = asio::as_tuple(asio::deferred);
/// Answers are written when so many bytes are due, even if more requests are at hand.
constexpr std::size_t flush_size = std::size_t{64} << 10U;
/// What a client may still send after the answer that closes its connection.
constexpr std::size_t farewell_bytes = std::size_t{16} << 20U;
constexpr std::string_view stream_path = "/events";
constexpr std::string_view stream_methods = "GET, HEAD, OPTIONS";

[[nodiscard]] std::string_view view(boost::beast::string_view text) noexcept { return {text.data(), text.size()}; }

[[nodiscard]] bool names_host(http_request const& request)
{
    auto const hosts = request.count(http::field::host);
    return hosts == 1 || (hosts == 0 && request.version() < 11);
}

[[nodiscard]] std::size_t body_limit(broker_config const& config) { return 8 * config.log.max_event_bytes; }

} // namespace

http_connection::http_connection(socket_type& socket, service& s, worker& home)
    : socket_{socket},
      service_{s},
      worker_{home},
      reader_{body_limit(s.broker.config())},
      remote_address_{peer_address(socket)}
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

task<http_connection::outcome> http_connection::run(std::unique_ptr<handover> pending)
{
    if (pending) {
        if (auto done = co_await admit(std::move(pending->request), std::move(pending->how))) {
            co_return std::move(*done);
        }
    }
    while (!ending_) {
        auto step = reader_.next();
        if (auto* const request = std::get_if<http_request>(&step)) {
            if (auto done = co_await serve(std::move(*request))) {
                co_return std::move(*done);
            }
        } else if (auto* const wrong = std::get_if<problem>(&step)) {
            co_await refuse(std::move(*wrong));
            break;
        } else {
            if (std::holds_alternative<request_reader::wants_continue>(step)) {
                out_ += "HTTP/1.1 100 Continue\r\n\r\n";
            }
            if (!co_await read()) {
                break;
            }
        }
    }
    co_await say_farewell();
    co_return outcome{};
}

/// Writes what is due and reads more; false when the connection is over.
task<bool> http_connection::read()
{
    if (!co_await flush()) {
        co_return false;
    }
    auto const phase = reader_.current();
    bool const between_requests = phase == request_reader::phase::idle;
    if (between_requests && worker_.closing()) {
        co_return false;
    }
    // The header has its time from the first byte on, whatever comes in between.
    if (!std::exchange(header_timed_, phase == request_reader::phase::header) || !header_timed_) {
        worker_.expect(*this, between_requests ? worker::waiting_for::request : worker::waiting_for::rest);
    }
    auto const room = reader_.prepare();
    auto const [ec, bytes] = co_await socket_.async_read_some(room, as_result);
    if (!ec) {
        reader_.commit(bytes);
        co_return true;
    }
    if (late_ && !between_requests) {
        problem too_late{.status = 408, .detail = "the request did not come within 10 s"};
        co_await refuse(std::move(too_late));
    }
    co_return false;
}

task<bool> http_connection::flush()
{
    if (out_.empty()) {
        co_return true;
    }
    // At once: an answer nearly always fits, and then costs no turn of the loop.
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

task<void> http_connection::refuse(problem p)
{
    late_ = false;
    bids_farewell_ = true;
    append_response(out_, problem_reply(p), {.http_1_1 = true, .keep_alive = false, .head = false, .extra_fields = {}});
    co_await flush();
}

/// Closes so that the client can still take the last answer: a socket closed with bytes unread would reset it away
/// (RFC 9112, section 9.6).
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
        std::array<char, 4096> ignored;
        auto const buffer = asio::buffer(ignored);
        std::size_t bytes = 0;
        std::tie(ec, bytes) = co_await socket_.async_read_some(buffer, as_result);
        total += bytes;
    }
    deadline_entry::unlink();
}

task<std::optional<http_connection::outcome>> http_connection::serve(http_request request)
{
    deadline_entry::unlink();
    header_timed_ = false;
    exchange how{.http_1_1 = request.version() >= 11,
                 .keep_alive = request.keep_alive() && !worker_.closing(),
                 .head = request.method() == http::verb::head,
                 .extra_fields = worker_.settings().cors.fields(view(request[http::field::origin]))};
    auto const to = parse_target(view(request.target()));
    bool const is_stream = to.has_value() && to->path == stream_path && names_host(request) &&
                           (request.method() == http::verb::get || how.head);
    if (is_stream) {
        if (auto done = co_await serve_stream(request, how)) {
            co_return done;
        }
    } else if (to.has_error()) {
        append_response(out_, problem_reply(to.error()), how);
    } else {
        auto const answered = co_await answer(request, *to);
        append_response(out_, answered, how);
    }
    end_after(how);
    if (out_.size() >= flush_size && !co_await flush()) {
        ending_ = true;
    }
    co_return std::nullopt;
}

/// The connection ends with this exchange if that, or what went before, says so.
void http_connection::end_after(exchange const& how)
{
    ending_ = ending_ || !how.keep_alive;
    bids_farewell_ = ending_;
}

task<reply> http_connection::answer(http_request const& request, target const& to)
{
    auto const method = view(request.method_string());
    spdlog::debug("{} {}", method, to.path.starts_with("/sessions/") ? "/sessions/{}" : to.path);
    if (!names_host(request)) {
        co_return problem_reply(bad_request("the request has no Host, or several"));
    }
    bool const is_stream = to.path == stream_path;
    auto const found = is_stream ? std::nullopt : service_.router.find(to.path);
    if (!is_stream && !found) {
        co_return problem_reply({.status = 404, .detail = "there is nothing at this path"});
    }
    auto const allowed = is_stream ? std::string{stream_methods} : found->allowed();
    if (request.method() == http::verb::options) {
        co_return preflight(request, allowed);
    }
    auto const* const route = found ? found->find(method) : nullptr;
    if (route == nullptr) {
        auto wrong =
            problem_reply({.status = 405, .detail = fmt::format("the method {} is not for this path", method)});
        wrong.extra_fields = fmt::format("Allow: {}\r\n", allowed);
        co_return wrong;
    }
    route_request const in{
        .input = {.query = to.query, .content_type = view(request[http::field::content_type]), .body = request.body()},
        .parameter = found->parameter};
    if (auto at_once = route->at_once(in)) {
        co_return std::move(*at_once);
    }
    auto in_time = route->in_time(in);
    auto [failure, answered] = co_await asio::co_spawn(worker_.executor(), std::move(in_time), as_result);
    if (failure) {
        std::rethrow_exception(failure);
    }
    co_return std::move(answered);
}

reply http_connection::preflight(http_request const& request, std::string const& methods) const
{
    reply r{.status = 204, .content_type = {}, .body = {}, .extra_fields = fmt::format("Allow: {}\r\n", methods)};
    r.extra_fields += worker_.settings().cors.preflight_fields(
        view(request[http::field::origin]), methods, view(request[http::field::access_control_request_headers]));
    return r;
}

task<std::optional<http_connection::outcome>> http_connection::serve_stream(http_request const& request, exchange how)
{
    auto parsed = service_.handler.parse(request, remote_address_);
    if (parsed.has_error()) {
        append_response(out_, problem_reply(parsed.error()), how);
        co_return std::nullopt;
    }
    if (how.head) {
        append_stream_head(out_, how);
        co_return std::nullopt;
    }
    // The answers to what came before go out first.
    if (!co_await flush()) {
        ending_ = true;
        co_return std::nullopt;
    }
    auto wanted = std::make_unique<subscribe_request>(std::move(*parsed));
    wanted->extra_fields = how.extra_fields;
    auto const home = service_.broker.home(wanted->connect.claim);
    if (home && *home != worker_.executor()) {
        auto sent = std::make_unique<handover>(handover{std::move(wanted), std::move(how)});
        co_return outcome{.stream = nullptr, .elsewhere = std::move(sent)};
    }
    co_return co_await admit(std::move(wanted), std::move(how));
}

task<std::optional<http_connection::outcome>> http_connection::admit(std::unique_ptr<subscribe_request> request,
                                                                     exchange how)
{
    auto admitted = co_await service_.handler.admit<executor_type>(std::move(request));
    if (admitted.has_value()) {
        auto let_in = std::make_unique<admission>(std::move(*admitted));
        co_return outcome{.stream = std::move(let_in), .elsewhere = nullptr};
    }
    append_response(out_, with_retry_after(problem_reply(admitted.error()), service_.broker.config().streams), how);
    end_after(how);
    co_return std::nullopt;
}

} // namespace sluice::server
