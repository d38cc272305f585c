// The handler in an application of somebody else's: over each kind of stream, and however the application runs its
// handlers.
#include "application.hpp"
#include "connections.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <set>

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
    // Sessions of either shard, on connections that are not where the session lives.
    for (int i = 0; i != 6; ++i) {
        drop_and_resume<Kind>(app, fmt::format("{}-{}", Kind::name, i));
    }
    CHECK(app.broker().client_count() == 0);
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
    subscriber who{.subject = std::string{user}, .types = std::nullopt, .extra_fields = "X-Hello: you\r\n"};
    if (user == "news") {
        who.types = std::vector<std::string>{"news"};
    }
    co_return who;
}

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
