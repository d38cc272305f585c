// What the guide shows and its programs do not have: the lines between `[` and `]` stand in source/guide.
#include "application.hpp"
#include "certificate.hpp"
#include "connections.hpp"
#include <sluice/event_source.hpp>
#include <sluice/event_source_tls.hpp>
#include <sluice/http/cors.hpp>
#include <sluice/http/response.hpp>
#include <sluice/prometheus.hpp>
#include <sluice/sluice.hpp>
#include <support/scripted_server.hpp>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/_experimental/test/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>

#include <doctest/doctest.h>

#include <array>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using namespace test;
namespace asio = boost::asio;

[[nodiscard]] event text(std::string data) { return {.data = std::move(data)}; }

asio::awaitable<void> serve(handler const& streams, tcp::socket socket, stream_request request)
{
    co_await streams.serve_or_refuse(socket, request, "127.0.0.1");
}

/// Takes one connection by TLS and serves the stream that it asks for.
asio::awaitable<void> serve_by_tls(handler const& streams, tcp::acceptor& acceptor)
{
    auto socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::ssl::stream<tcp::socket> stream{std::move(socket), server_tls()};
    co_await stream.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
    boost::beast::flat_buffer buffer;
    stream_request request;
    co_await boost::beast::http::async_read(stream, buffer, request, asio::use_awaitable);
    co_await streams.serve_or_refuse(stream, request, "127.0.0.1");
}

// [
/// Tells a user something in every tab and on every device that the user has open or has just left.
asio::awaitable<void> tell(sluice::broker& hub, std::string user, std::string text)
{
    sluice::message note{.event = {.type = "note", .data = std::move(text)}, .targets = {}, .subjects = {}};
    note.subjects.push_back(std::move(user));
    auto const [ec, receipt] = co_await hub.async_send(std::move(note), asio::as_tuple(asio::use_awaitable));
    if (ec && ec != sluice::errc::unknown_session) {
        throw boost::system::system_error{ec};
    }
}
// ]

// [
/// Sends an answer piece by piece to the session that was minted for it.
asio::awaitable<void> answer(sluice::broker& hub, sluice::session_id reader, std::vector<std::string> pieces)
{
    for (auto const& piece : pieces) {
        co_await hub.async_send({reader}, "piece", piece, asio::use_awaitable);
    }
    co_await hub.async_send({reader}, "done", "", asio::use_awaitable); // the page closes its EventSource now
}
// ]

// [
/// Which pages of other origins may read, with their user's credentials.
sluice::cors_policy const& readers()
{
    static sluice::cors_policy const policy{{"https://app.example", "https://*.preview.example"}};
    return policy;
}
// ]

// [
/// Tells a browser whether a page may send the request that it has in mind.
sluice::reply preflight(boost::beast::http::request_header<> const& request)
{
    namespace http = boost::beast::http;
    std::string const origin{request[http::field::origin]};
    std::string const headers{request[http::field::access_control_request_headers]};
    sluice::reply answer{.status = 204, .content_type = {}, .body = {}};
    answer.fields.add(readers().fields(origin));
    answer.fields.add(readers().preflight_fields(origin, "GET, POST", headers));
    return answer; // `make_response` makes Beast's message of it
}
// ]

// [
/// What Prometheus reads: the broker's metrics, and one of the application's own.
asio::awaitable<sluice::reply> metrics(sluice::broker& hub, double users)
{
    auto const counted = co_await hub.async_metrics(asio::use_awaitable);
    sluice::metric_families families;
    sluice::add_broker_metrics(families, counted, hub.config(), hub.limits());
    families.gauge("app_users", "Users who are logged in.", users);
    co_return sluice::reply{.content_type = sluice::metrics_content_type, .body = families.text()};
}
// ]

// [
/// Lets in every request that names a user; a page that is done is told not to come back.
sluice::expected<sluice::subscriber> decide(sluice::subscribe_request const& /*wanted*/,
                                            boost::beast::http::request_header<> const& request)
{
    if (request["X-Done"] == "yes") {
        return sluice::no_content(); // 204
    }
    if (request["X-User"].empty()) {
        return sluice::problem{.status = 401, .detail = "log in first"};
    }
    sluice::subscriber who{sluice::grant::of_everything(std::string{request["X-User"]})};
    who.fields = readers().fields(std::string{request[boost::beast::http::field::origin]});
    return who;
}
// ]

TEST_SUITE_BEGIN("embedding · guide");

TEST_CASE("an application's own test: a stream without a socket or a thread")
{
    auto const request = request_for_stream();
    // [
    asio::io_context io;
    sluice::broker hub{{io.get_executor()}};
    sluice::handler const streams{hub};
    boost::beast::test::stream server{io};
    boost::beast::test::stream page{io};
    server.connect(page);
    asio::co_spawn(io, streams.serve_or_refuse(server, request, "192.0.2.1"), asio::detached);
    io.poll(); // the stream stands
    hub.broadcast({.type = "greeting", .data = "hello"});
    io.poll(); // and has what was published
    CHECK(page.str().find("event: greeting\ndata: hello\n") != std::string_view::npos);
    // ]
    hub.async_stop(0ms, asio::detached);
    io.poll();
}

/// A user's stream on a stream of the test's, and what it has been sent.
struct users_stream {
    users_stream(asio::io_context& io, handler const& streams, std::string const& user, connected_function told = {})
        : server{io}, page{io}
    {
        request.set("X-User", user);
        request.set(boost::beast::http::field::origin, "https://app.example");
        server.connect(page);
        asio::co_spawn(io, streams.serve_or_refuse(server, request, "", std::move(told)), asio::detached);
        io.poll();
    }
    [[nodiscard]] bool has(std::string_view text) const
    {
        auto const seen = page.str();
        return std::string_view{seen.data(), seen.size()}.find(text) != std::string_view::npos;
    }

    stream_request request = request_for_stream();
    boost::beast::test::stream server;
    boost::beast::test::stream page;
};

TEST_CASE("the recipes do what they say")
{
    asio::io_context io;
    broker hub{{io.get_executor()}};
    std::string state = "two open orders";
    // [
    sluice::handler const streams{hub, {.authorize = decide}};
    // ]
    // [
    auto const on_connected = [&hub, &state](sluice::session_id session) {
        hub.async_send({session}, "snapshot", state, asio::detached);
    };
    // ]
    users_stream const ann{io, streams, "ann", on_connected};
    users_stream const bob{io, streams, "bob"};
    CHECK(ann.has("event: snapshot\ndata: two open orders\n"));
    CHECK(ann.has("Access-Control-Allow-Origin: https://app.example\r\n"));
    asio::co_spawn(io, tell(hub, "ann", "for ann"), asio::detached);
    io.poll();
    CHECK(ann.has("data: for ann\n"));
    CHECK_FALSE(bob.has("for ann"));
    session_id minted;
    hub.async_mint(asio::bind_executor(io, [&minted](error_code, session_id id) { minted = id; }));
    io.poll();
    asio::co_spawn(io, answer(hub, minted, {"Yes", "."}), asio::detached);
    io.poll();
    CHECK(hub.session_stats().events_published == 5);
    // [
    hub.async_remove_all("ann", asio::detached); // logged out
    // ]
    io.poll();
    CHECK(hub.session_stats().total_sessions == 2); // bob's and the minted one
    hub.async_stop(0ms, asio::detached);
    io.poll();
}

TEST_CASE("a preflight is answered for listed origins alone, and its headers end nothing")
{
    namespace http = boost::beast::http;
    auto request = request_for_stream();
    request.set(http::field::origin, "https://pull-7.preview.example");
    request.set(http::field::access_control_request_headers, "authorization, x-more");
    auto const allowed = make_response(preflight(request), 11);
    CHECK(allowed.result_int() == 204);
    CHECK(allowed[http::field::access_control_allow_origin] == "https://pull-7.preview.example");
    CHECK(allowed[http::field::access_control_allow_credentials] == "true");
    CHECK(allowed[http::field::access_control_allow_methods] == "GET, POST");
    CHECK(allowed[http::field::access_control_allow_headers] == "authorization, x-more");
    CHECK(allowed[http::field::vary] == "Origin");
    request.set(http::field::origin, "https://preview.example.evil.example");
    auto const refused = make_response(preflight(request), 11);
    CHECK(refused.count(http::field::access_control_allow_origin) == 0);
    CHECK(refused.count(http::field::access_control_allow_methods) == 0);
    CHECK(refused[http::field::vary] == "Origin");
    // As a parser that is less strict than Beast's might hand it on.
    auto const split = readers().preflight_fields("https://app.example", "GET", "x\r\nSet-Cookie: planted=1");
    CHECK(split.text() == "Access-Control-Allow-Methods: GET\r\n");
    CHECK_THROWS_AS(cors_policy{{"https://app.example\r\nX: y"}}, std::invalid_argument);
    CHECK_THROWS_AS(cors_policy{{"https://app.example/"}}, std::invalid_argument);
}

TEST_CASE("an application's metrics stand beside the broker's")
{
    asio::io_context io;
    broker hub{{io.get_executor()}};
    hub.broadcast({.data = "x"});
    reply answer;
    asio::co_spawn(io, metrics(hub, 3), [&answer](std::exception_ptr const&, reply r) { answer = std::move(r); });
    io.poll();
    CHECK(answer.content_type == "text/plain; version=0.0.4; charset=utf-8");
    for (std::string const line :
         {"sluice_events_published_total 1", "sluice_streams_ended_total{reason=\"takeover\"} 0",
          "sluice_publish_to_socket_seconds_count 0", "# TYPE app_users gauge", "app_users 3"}) {
        CAPTURE(line);
        CHECK(("\n" + answer.body).find("\n" + line + "\n") != std::string::npos);
    }
    hub.async_stop(0ms, asio::detached);
    io.poll();
}

TEST_CASE("a context per thread")
{
    // [
    asio::io_context first{1};
    asio::io_context second{1};
    sluice::broker hub{{first.get_executor(), second.get_executor()}};
    std::array const work{asio::make_work_guard(first), asio::make_work_guard(second)};
    std::array const threads{std::jthread{[&first] { first.run(); }}, std::jthread{[&second] { second.run(); }}};
    // ]
    CHECK(hub.broadcast(text("for all")).has_value());
    // [
    hub.async_stop(std::chrono::seconds{5}, asio::use_future).get();
    first.stop();
    second.stop();
    // ]
    CHECK(hub.broadcast(text("too late")).error() == errc::stopped);
}

TEST_CASE("a stream that its application ends")
{
    asio::io_context context;
    broker hub{{context.get_executor()}};
    handler const streams{hub};
    asio::io_context peers;
    auto [socket, client] = tcp_pair(context.get_executor(), peers);
    peer<tcp::socket> p{peers, std::move(client)};
    bool ended = false;
    auto const on_end = [&ended](std::exception_ptr const& e) { ended = e == nullptr; };
    auto const request = request_for_stream();
    // [
    asio::cancellation_signal leave;
    auto serving = serve(streams, std::move(socket), request);
    asio::co_spawn(context, std::move(serving), asio::bind_cancellation_slot(leave.slot(), on_end));
    // ]
    context.poll();
    p.read_until("event: connected\n");
    // [
    asio::post(context, [&leave] { leave.emit(asio::cancellation_type::terminal); });
    // ]
    context.restart();
    context.poll();
    CHECK(ended);
    CHECK(p.read_to_end().find("event:") == std::string::npos);
    CHECK(hub.session_stats().buffered_sessions == 1);
}

TEST_CASE("a client that trusts an authority of its own")
{
    asio::io_context context;
    broker hub{{context.get_executor()}};
    handler const streams{hub};
    tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
    asio::co_spawn(context, serve_by_tls(streams, acceptor), asio::detached);
    auto const url = "https://localhost:" + std::to_string(acceptor.local_endpoint().port()) + "/events";
    asio::ssl::context& authority = client_tls();
    std::optional<received_event> received;
    // [
    sluice::event_source_options options;
    options.headers = {{"Authorization", "Bearer secret"}};
    options.tls = sluice::make_tls_layer(authority); // an asio::ssl::context, which outlives the event source
    sluice::event_source source{context.get_executor(), url, options};
    // ]
    source.async_receive([&](error_code ec, received_event e) {
        CHECK(ec == error_code{});
        received = std::move(e);
    });
    for (deadline const until; !received;) {
        REQUIRE_FALSE(until.passed());
        context.run_for(1ms);
    }
    CHECK(received->type == "connected");
    source.close();
    hub.async_stop(1s, asio::detached);
    context.run_for(5s);
}

TEST_CASE("a client whose token is renewed, and that posts a body")
{
    struct {
        int renewed = 0;
        std::string current() { return std::to_string(++renewed); }
    } token;
    scripted_server const server{[](stream_socket& peer, std::string const&, std::size_t) {
        peer.send(test::stream_head);
        peer.send("retry: 1\ndata: x\n\n");
    }};
    // [
    sluice::event_source_options options;
    options.headers = {{"Content-Type", "application/json"}};
    options.headers_for_attempt = [&token] {
        return sluice::event_source_headers{{"Authorization", "Bearer " + token.current()}};
    };
    options.body = R"({"prompt":"Tell me of sluices."})";
    // ]
    asio::io_context context;
    sluice::event_source source{context.get_executor(), server.url(), options};
    received_event received;
    for (deadline const until; server.requests().size() < 2;) {
        REQUIRE_FALSE(until.passed());
        (void)source.try_receive(received);
        context.restart();
        context.run_for(1ms);
    }
    auto const requests = server.requests();
    CHECK(requests[1].starts_with("POST /events HTTP/1.1\r\n"));
    CHECK(field_of(requests[0], "Authorization") == "Bearer 1");
    CHECK(field_of(requests[1], "Authorization") == "Bearer 2");
    CHECK(field_of(requests[1], "Content-Type") == "application/json");
}

TEST_CASE("a client whose token a coroutine gets")
{
    struct {
        int renewed = 0;
        asio::awaitable<std::string> renew() { co_return std::to_string(++renewed); }
    } login;
    scripted_server const server{[](stream_socket& peer, std::string const&, std::size_t) {
        peer.send(test::stream_head);
        peer.send("data: x\n\n");
    }};
    // [
    sluice::event_source_options options;
    options.topics = {"chat/7"};
    options.fetch_token = [&login]() -> asio::awaitable<std::string> { co_return co_await login.renew(); };
    // ]
    asio::io_context context;
    sluice::event_source source{context.get_executor(), server.url(), options};
    received_event received;
    for (deadline const until; server.requests().empty();) {
        REQUIRE_FALSE(until.passed());
        (void)source.try_receive(received);
        context.restart();
        context.run_for(1ms);
    }
    auto const request = server.requests().front();
    CHECK(request.starts_with("GET /events?topic=chat%2F7 HTTP/1.1\r\n"));
    CHECK(field_of(request, "Authorization") == "Bearer 1");
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
