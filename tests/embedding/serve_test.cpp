// The handler in an application of somebody else's: over each kind of stream, and however the application runs its
// handlers.
#include "application.hpp"
#include "connections.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <future>
#include <set>
#include <thread>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using namespace test;

[[nodiscard]] event text(std::string data) { return {.id = {}, .type = {}, .data = std::move(data)}; }

/// The id of the last event in the bytes of a body.
[[nodiscard]] std::string last_id(std::string const& body)
{
    auto const begin = body.rfind("id: ") + 4;
    return body.substr(begin, body.find('\n', begin) - begin);
}

/// Connects, drops and comes back to one session, and checks that nothing is lost or doubled.
template <class Kind>
void drop_and_resume(application& app, std::string const& mark)
{
    boost::asio::io_context context;
    std::string session;
    std::string last;
    {
        auto [server, client] = Kind::connect(app.connection_executor(), context);
        peer<typename Kind::client> p{context, std::move(client)};
        auto serving = app.serve(std::move(server), request_for_stream());
        auto const head = p.read_until("\r\n\r\n");
        CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
        session = field_of(head, "X-SSE-Session-ID");
        CHECK(session.size() == 32);
        p.read_until("event: connected\n");
        REQUIRE(app.broker().broadcast(text(mark + " live")).has_value());
        last = last_id(p.read_until("data: " + mark + " live\n"));
        boost::beast::get_lowest_layer(p.stream()).close();
        CHECK_FALSE(serving.wait().has_value());
    }
    REQUIRE(app.broker().broadcast(text(mark + " away")).has_value());
    auto [server, client] = Kind::connect(app.connection_executor(), context);
    peer<typename Kind::client> p{context, std::move(client)};
    auto serving = app.serve(std::move(server), request_for_stream(session, last));
    auto const head = p.read_until("\r\n\r\n");
    CHECK(field_of(head, "X-SSE-Session-ID") == session);
    CHECK(p.read_until("event: connected\n").find(mark) == std::string::npos);
    CHECK(p.read_until("data: " + mark + " away\n").find(mark + " live") == std::string::npos);
    REQUIRE(app.broker().broadcast(text(mark + " back")).has_value());
    CHECK(p.read_until("data: " + mark + " back\n").find(mark + " away\ndata") == std::string::npos);
    auto stopped = app.broker().async_disconnect(*parse_session_id(session), boost::asio::use_future);
    CHECK(stopped.get());
    CHECK(p.read_to_end().ends_with("0\r\n\r\n"));
    CHECK_FALSE(serving.wait().has_value());
}

TEST_SUITE_BEGIN("embedding");

TEST_CASE_TEMPLATE("a session is served, dropped and resumed", Kind, tcp_socket, beast_tcp_stream, local_socket,
                   test_stream, asio_tls, beast_tls)
{
    arrangement how{};
    SUBCASE("on one context") { how = arrangement::one_context; }
    SUBCASE("on a context per thread") { how = arrangement::context_per_thread; }
    SUBCASE("on strands of a pool") { how = arrangement::strands_of_a_pool; }
    application app{how};
    // Sessions of either shard, on connections that are elsewhere or on another shard.
    for (int i = 0; i != 6; ++i) {
        drop_and_resume<Kind>(app, fmt::format("{}-{}", Kind::name, i));
    }
    CHECK(app.broker().client_count() == 0);
}

TEST_CASE("a connection stays where it is, and the session that it claims moves there")
{
    application app{arrangement::context_per_thread};
    handler const streams{app.broker()};
    boost::asio::io_context context;
    std::string session;
    for (std::size_t const shard : {0U, 1U, 0U, 1U}) {
        auto const& here = app.shard_executors()[shard];
        auto const thread =
            boost::asio::post(here, boost::asio::use_future([] { return std::this_thread::get_id(); })).get();
        auto [server, client] = tcp_socket::connect(here, context);
        peer<tcp::socket> p{context, std::move(client)};
        std::promise<std::thread::id> connected;
        auto const request = request_for_stream(session);
        connected_function const on_connected = [&](session_id) { connected.set_value(std::this_thread::get_id()); };
        auto serving = streams.serve(server, request, "127.0.0.1", on_connected);
        auto ended = boost::asio::co_spawn(here, std::move(serving), boost::asio::use_future);
        CHECK(connected.get_future().get() == thread);
        auto const head = p.read_until("event: connected\n");
        CHECK((session.empty() || field_of(head, "X-SSE-Session-ID") == session));
        session = field_of(head, "X-SSE-Session-ID");
        REQUIRE(app.broker().broadcast(text("for all")).has_value());
        p.read_until("data: for all\n");
        p.stream().close();
        CHECK_FALSE(ended.get().has_value());
    }
    CHECK(app.broker().session_stats().reconnections == 3);
}

TEST_CASE("streams that are not at home are spread over the shards")
{
    application app{arrangement::strands_of_a_pool};
    boost::asio::io_context context;
    std::vector<peer<tcp::socket>> peers;
    std::vector<application::serving> servings;
    std::set<std::size_t> homes;
    for (int i = 0; i != 8; ++i) {
        auto [server, client] = tcp_socket::connect(app.connection_executor(), context);
        servings.push_back(app.serve(std::move(server), request_for_stream()));
        peers.emplace_back(context, std::move(client));
        auto const head = peers.back().read_until("event: connected\n");
        homes.insert(home_of(*parse_session_id(field_of(head, "X-SSE-Session-ID")), 2));
    }
    CHECK(homes.size() == 2);
    app.broker().broadcast(text("for all"));
    for (auto& p : peers) {
        p.read_until("data: for all\n");
    }
}

TEST_CASE("a problem of the request is returned, and the stream is as it was")
{
    application app{arrangement::one_context};
    boost::asio::io_context context;
    auto [server, client] = tcp_socket::connect(app.connection_executor(), context);
    peer<tcp::socket> p{context, std::move(client)};
    auto request = request_for_stream();
    request.set(boost::beast::http::field::accept, "text/html");
    auto const refused = app.serve(std::move(server), std::move(request)).wait();
    REQUIRE(refused.has_value());
    CHECK(refused->status == 406);
    CHECK(p.read_to_end().empty());
}

TEST_CASE("a connection that has nothing else to do is answered with the problem")
{
    boost::asio::io_context context;
    broker b{std::vector<boost::asio::any_io_executor>{context.get_executor()}};
    handler const streams{b};
    boost::asio::io_context peers;
    auto [server, client] = tcp_socket::connect(context.get_executor(), peers);
    auto request = request_for_stream();
    request.set(boost::beast::http::field::accept, "text/html");
    boost::asio::co_spawn(context, streams.serve_or_refuse(server, request, "127.0.0.1"), boost::asio::detached);
    context.poll();
    peer<tcp::socket> p{peers, std::move(client)};
    auto const answer = p.read_to_end();
    CHECK(answer.starts_with("HTTP/1.1 406 Not Acceptable\r\nContent-Type: application/problem+json\r\n"));
    CHECK(answer.ends_with("}"));
    CHECK_FALSE(server.is_open());
}

TEST_CASE("the broker's limits are problems too")
{
    broker_config config;
    config.streams.max_connections = 1;
    application app{arrangement::context_per_thread, {}, config};
    boost::asio::io_context context;
    auto [server, client] = tcp_socket::connect(app.connection_executor(), context);
    peer<tcp::socket> p{context, std::move(client)};
    auto const first = app.serve(std::move(server), request_for_stream());
    p.read_until("event: connected\n");
    auto [second, unused] = tcp_socket::connect(app.connection_executor(), context);
    auto const refused = app.serve(std::move(second), request_for_stream()).wait();
    REQUIRE(refused.has_value());
    CHECK(refused->status == 503);
}

[[nodiscard]] boost::asio::awaitable<expected<subscriber>> by_header(subscribe_request const& wanted,
                                                                     boost::beast::http::request_header<> const& r)
{
    auto const user = r["X-User"];
    if (user.empty()) {
        co_return problem{.status = 401, .detail = "who are you?"};
    }
    CHECK(wanted.connect.meta.user_agent == "embedding-test");
    // A hook may take its time.
    boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor, 1ms};
    co_await timer.async_wait(boost::asio::use_awaitable);
    subscriber who{grant::of_everything(std::string{user}), {{"X-Hello", "you"}}};
    if (user == "news") {
        who.grant.may_subscribe = selection::of_types({"news"});
    }
    co_return who;
}

TEST_CASE("header fields that the application adds are checked")
{
    response_fields fields{{"X-Hello", "you"}};
    fields.add("Vary", "Origin");
    fields.add("X-Empty", "");
    CHECK(fields.text() == "X-Hello: you\r\nVary: Origin\r\nX-Empty: \r\n");
    struct row {
        std::string_view name;
        std::string_view value;
    };
    for (auto const& [name, value] :
         {row{"", "x"}, row{"a b", "x"}, row{"a:", "x"}, row{"x\r\nSet-Cookie", "x"}, row{"x", "a\r\nSet-Cookie: b"},
          row{"x", "a\n"}, row{"x", std::string_view{"a\0b", 3}}, row{"x", " a"}, row{"x", "a\t"}, row{"x", "\x7f"},
          row{"content-length", "1"}, row{"Transfer-Encoding", "chunked"}, row{"CONNECTION", "close"},
          row{"Content-Type", "text/plain"}}) {
        CAPTURE(name);
        CAPTURE(value);
        CHECK_THROWS_AS(fields.add(name, value), std::invalid_argument);
    }
    CHECK(fields.text() == "X-Hello: you\r\nVary: Origin\r\nX-Empty: \r\n");
}

/// Serves one request by `serve_or_refuse` on a context of the test's, and gives all that the peer is answered.
[[nodiscard]] std::string answer_to(handler_options options, stream_request const& request,
                                    broker_config const& config = {})
{
    boost::asio::io_context context;
    broker b{std::vector<boost::asio::any_io_executor>{context.get_executor()}, config};
    handler const streams{b, std::move(options)};
    boost::asio::io_context peers;
    auto [server, client] = tcp_socket::connect(context.get_executor(), peers);
    boost::asio::co_spawn(context, streams.serve_or_refuse(server, request, "127.0.0.1"), boost::asio::detached);
    context.poll();
    return peer<tcp::socket>{peers, std::move(client)}.read_to_end();
}

TEST_CASE("a plain function decides too, and 204 keeps an EventSource away")
{
    auto const decide = [](subscribe_request const& /*wanted*/,
                           boost::beast::http::request_header<> const& r) -> expected<subscriber> {
        if (r["X-User"] == "gone") {
            return no_content();
        }
        return problem{.status = 401, .detail = "who are you?"};
    };
    auto request = request_for_stream();
    CHECK(answer_to({.authorize = decide}, request).starts_with("HTTP/1.1 401 Unauthorized\r\n"));
    request.set("X-User", "gone");
    auto const answer = answer_to({.authorize = decide}, request);
    CHECK(answer.starts_with("HTTP/1.1 204 No Content\r\n"));
    CHECK(answer.ends_with("\r\n\r\n")); // no body
    CHECK(answer.find("Content-") == std::string::npos);
    auto const refuse = [](subscribe_request const& /*wanted*/, boost::beast::http::request_header<> const& /*r*/) {
        return problem{.status = 403, .detail = "no"};
    };
    CHECK(answer_to({.authorize = refuse}, request).starts_with("HTTP/1.1 403 Forbidden\r\n"));
    auto const grants = [](auto const& /*wanted*/, auto const& /*r*/) { return grant::of_everything("ann"); };
    auto const grants_in_time = [](auto const& /*wanted*/, auto const& /*r*/) -> boost::asio::awaitable<grant> {
        co_return grant::of_everything("ann");
    };
    broker_config nobody_gets_in;
    nobody_gets_in.streams.max_connections = 0;
    for (authorize_function const& decides : {authorize_function{grants}, authorize_function{grants_in_time}}) {
        // It was asked, and let the request in: the broker refuses.
        CHECK(answer_to({.authorize = decides}, request, nobody_gets_in).starts_with("HTTP/1.1 503 "));
    }
}

/// The name of a peer that lives no longer than the call.
[[nodiscard]] boost::asio::awaitable<std::optional<problem>>
serve_with_short_lived_address(handler const& h, tcp::socket& socket, stream_request const& request)
{
    std::string address = "2001:db8:1234:5678:9abc:def0:1234:5678"; // too long to be kept in the string itself
    auto serving = h.serve(socket, request, address);
    address.assign(address.size(), 'x');
    return serving;
}

TEST_CASE("the address is the coroutine's own; the session's id is told when the stream is connected")
{
    boost::asio::io_context context;
    broker b{std::vector<boost::asio::any_io_executor>{context.get_executor()}};
    handler const streams{b};
    boost::asio::io_context peers;
    auto const request = request_for_stream();
    std::vector<session_info> listed;
    auto const list = [&] {
        b.async_list(session_query{}, boost::asio::bind_executor(
                                          context, [&](std::vector<session_info> all) { listed = std::move(all); }));
        context.restart();
        context.poll();
    };
    SUBCASE("the address")
    {
        auto [server, client] = tcp_socket::connect(context.get_executor(), peers);
        boost::asio::co_spawn(context, serve_with_short_lived_address(streams, server, request), boost::asio::detached);
        context.poll();
        list();
        REQUIRE(listed.size() == 1);
        CHECK(listed[0].address == "2001:db8:1234:5678:9abc:def0:1234:5678");
        b.async_stop(0ms, boost::asio::detached);
        context.restart();
        context.poll();
    }
    SUBCASE("the id, in time to send to the session before anything else")
    {
        auto [server, client] = tcp_socket::connect(context.get_executor(), peers);
        std::optional<session_id> told;
        auto const on_connected = [&](session_id id) {
            told = id;
            b.async_send({id}, "snapshot", "all so far", boost::asio::detached);
        };
        boost::asio::co_spawn(context, streams.serve(server, request, "127.0.0.1", on_connected),
                              boost::asio::detached);
        context.poll();
        peer<tcp::socket> p{peers, std::move(client)};
        auto const seen = p.read_until("data: all so far\n");
        REQUIRE(told);
        CHECK(field_of(seen, "X-SSE-Session-ID") == to_string(*told));
        b.async_stop(0ms, boost::asio::detached);
        context.restart();
        context.poll();
    }
}

using token_executor = boost::asio::use_awaitable_t<>::executor_with_default<boost::asio::any_io_executor>;

/// As Beast's examples of coroutines have it: the default token of the stream's executor is `use_awaitable`.
[[nodiscard]] boost::asio::awaitable<void>
as_in_beasts_examples(handler const& h, boost::beast::tcp_stream::rebind_executor<token_executor>::other stream,
                      stream_request request)
{
    co_await h.serve_or_refuse(stream, request, "127.0.0.1");
}

[[nodiscard]] boost::asio::awaitable<void> on_a_socket_with_a_default_token(
    handler const& h, boost::asio::as_tuple_t<boost::asio::use_awaitable_t<>>::as_default_on_t<tcp::socket> socket,
    stream_request request)
{
    co_await h.serve_or_refuse(socket, request, "127.0.0.1");
}

[[nodiscard]] boost::asio::awaitable<void>
on_a_deferred_socket(handler const& h, boost::asio::deferred_t::as_default_on_t<tcp::socket> socket,
                     stream_request request)
{
    co_await h.serve_or_refuse(socket, request, "127.0.0.1");
}

TEST_CASE("streams whose executor brings a default completion token are served")
{
    boost::asio::io_context context;
    broker b{std::vector<boost::asio::any_io_executor>{context.get_executor()}};
    handler const streams{b};
    boost::asio::io_context peers;
    auto [server, client] = tcp_socket::connect(context.get_executor(), peers);
    auto const spawn = [&](auto coroutine) {
        boost::asio::co_spawn(context, std::move(coroutine), boost::asio::detached);
        context.poll();
    };
    SUBCASE("Beast's")
    {
        boost::beast::tcp_stream::rebind_executor<token_executor>::other stream{std::move(server)};
        spawn(as_in_beasts_examples(streams, std::move(stream), request_for_stream()));
    }
    SUBCASE("as_tuple(use_awaitable)")
    {
        // NOLINTNEXTLINE(bugprone-use-after-move): of the subcases one is run at a time
        spawn(on_a_socket_with_a_default_token(streams, std::move(server), request_for_stream()));
    }
    SUBCASE("deferred")
    {
        // NOLINTNEXTLINE(bugprone-use-after-move): likewise
        spawn(on_a_deferred_socket(streams, std::move(server), request_for_stream()));
    }
    peer<tcp::socket> p{peers, std::move(client)};
    p.read_until("event: connected\n");
    b.async_stop(0ms, boost::asio::detached);
    context.restart();
    context.poll();
    CHECK(p.read_to_end().find("event: shutdown\n") != std::string::npos);
}

struct no_stream {};
struct cannot_be_closed {
    using executor_type = boost::asio::any_io_executor;
    executor_type get_executor();
    template <class Buffers, class Token>
    void async_read_some(Buffers const& buffers, Token&& token);
    template <class Buffers, class Token>
    void async_write_some(Buffers const& buffers, Token&& token);
};
static_assert(served_stream<tcp::socket> && served_stream<boost::beast::tcp_stream> &&
              served_stream<boost::asio::ssl::stream<tcp::socket>> &&
              served_stream<boost::beast::ssl_stream<boost::beast::tcp_stream>> &&
              served_stream<boost::beast::test::stream>);
static_assert(!served_stream<no_stream> && !served_stream<tcp::acceptor>);
static_assert(!has_a_lowest_layer_with_close<cannot_be_closed> && has_an_executor<cannot_be_closed>);

[[nodiscard]] stream_request from_user(std::string const& user, std::string const& session = {})
{
    auto request = request_for_stream(session);
    request.set("X-User", user);
    return request;
}

TEST_CASE("the application says who may have a stream, as whom, and what of it")
{
    broker_config config;
    config.sessions.ownership = {.user_agent = false, .address = false, .token = true};
    arrangement how{};
    SUBCASE("on one context") { how = arrangement::one_context; }
    SUBCASE("on a context per thread") { how = arrangement::context_per_thread; }
    SUBCASE("on strands of a pool") { how = arrangement::strands_of_a_pool; }
    application app{how, {.kept_headers = {}, .authorize = by_header}, config};
    boost::asio::io_context context;
    auto const open = [&] { return tcp_socket::connect(app.connection_executor(), context); };

    auto [anonymous, unused] = open();
    auto const refused = app.serve(std::move(anonymous), request_for_stream()).wait();
    REQUIRE(refused.has_value());
    CHECK(refused->status == 401);
    CHECK(refused->detail == "who are you?");

    auto [server, client] = open();
    peer<tcp::socket> p{context, std::move(client)};
    auto const first = app.serve(std::move(server), from_user("news"));
    auto const head = p.read_until("\r\n\r\n");
    CHECK(field_of(head, "X-Hello") == "you");
    p.read_until("event: connected\n");
    app.broker().broadcast({.id = {}, .type = "weather", .data = "rain"});
    app.broker().broadcast({.id = {}, .type = "news", .data = "sluice"});
    CHECK(p.read_until("data: sluice\n").find("rain") == std::string::npos);

    auto [thief, unused_too] = open();
    auto const session = field_of(head, "X-SSE-Session-ID");
    auto const not_his = app.serve(std::move(thief), from_user("somebody else", session)).wait();
    REQUIRE(not_his.has_value());
    CHECK(not_his->status == 403);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
