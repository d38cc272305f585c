// Cancelling, stopping and destroying in every order, and streams that fail at every byte.
#include "application.hpp"
#include "connections.hpp"
#include "scripted_stream.hpp"
#include <sluice/broker.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <functional>
#include <set>
#include <stdexcept>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using namespace test;

[[nodiscard]] event text(std::string data) { return {.id = {}, .type = {}, .data = std::move(data)}; }

/// One context that the test runs by hand, a broker on it, and streams to peers that follow a script.
class bench {
public:
    explicit bench(handler_options options = {}, broker_config const& config = {})
        : broker_{std::in_place, std::vector<boost::asio::any_io_executor>{context_->get_executor()}, config},
          handler_{std::in_place, *broker_, std::move(options)}
    {
    }

    [[nodiscard]] sluice::broker& broker() noexcept { return *broker_; }
    [[nodiscard]] boost::asio::any_io_executor executor() const { return context_->get_executor(); }
    void settle()
    {
        context_->restart();
        context_->poll();
    }
    void settle_until(std::function<bool()> const& done)
    {
        for (deadline const until; !done();) {
            REQUIRE_FALSE(until.passed());
            context_->restart();
            context_->run_for(1ms);
        }
    }
    void destroy_broker() { broker_.reset(); }
    void destroy_context() { context_.reset(); }
    void stop(std::function<void()> on_stopped, std::chrono::milliseconds timeout = 1h)
    {
        broker_->async_stop(timeout, boost::asio::bind_executor(executor(), std::move(on_stopped)));
    }

    /// A stream that is served, and how it ended.
    struct serving {
        script peer;
        boost::asio::cancellation_signal cancellation;
        bool ended = false;
        std::exception_ptr failure;
        application::ending refused;

        [[nodiscard]] std::string session() const { return field_of(peer.taken, "X-SSE-Session-ID"); }
    };

    void serve(serving& s, stream_request request = request_for_stream())
    {
        auto coroutine = run(*handler_, scripted_stream{executor(), s.peer}, std::move(request));
        boost::asio::co_spawn(executor(), std::move(coroutine),
                              boost::asio::bind_cancellation_slot(
                                  s.cancellation.slot(), [&s](std::exception_ptr e, application::ending refused) {
                                      s.ended = true;
                                      s.failure = std::move(e);
                                      s.refused = std::move(refused);
                                  }));
        settle();
    }

private:
    static boost::asio::awaitable<application::ending> run(sluice::handler& h, scripted_stream stream,
                                                           stream_request request)
    {
        co_return co_await h.serve(stream, request, "127.0.0.1");
    }

    std::unique_ptr<boost::asio::io_context> context_ = std::make_unique<boost::asio::io_context>();
    std::optional<sluice::broker> broker_;
    std::optional<sluice::handler> handler_;
};

/// The data of the events in a chunked body, with their ids; what is not whole is left out.
struct seen {
    std::vector<std::string> data;
    std::string last_id;
};
[[nodiscard]] seen events_in(std::string const& taken)
{
    seen found;
    auto const head = taken.find("\r\n\r\n");
    std::string body;
    // Undo the chunks: a length, the bytes, and a line end behind each; the last may be cut.
    for (std::size_t at = head == std::string::npos ? taken.size() : head + 4; at < taken.size();) {
        auto const line = taken.find("\r\n", at);
        if (line == std::string::npos) {
            break;
        }
        auto const size = std::stoul(taken.substr(at, line - at), nullptr, 16);
        body += taken.substr(line + 2, size);
        at = line + 2 + size + 2;
    }
    std::size_t at = 0;
    for (auto end = body.find("\n\n"); end != std::string::npos; at = end + 2, end = body.find("\n\n", at)) {
        std::string data;
        std::string id;
        bool control = false;
        for (auto line = at; line < end; line = body.find('\n', line) + 1) {
            auto const content = body.substr(line, body.find('\n', line) - line);
            control = control || content.starts_with("event: ");
            if (content.starts_with("data: ")) {
                data = content.substr(6);
            } else if (content.starts_with("id: ")) {
                id = content.substr(4);
            }
        }
        found.last_id = id.empty() ? found.last_id : id;
        if (!control && !data.empty()) {
            found.data.push_back(data);
        }
    }
    return found;
}

TEST_SUITE_BEGIN("embedding · lifetime");

TEST_CASE("a stream that is cancelled is closed; its session resumes")
{
    bench b;
    bench::serving first;
    SUBCASE("while it waits for events") { b.serve(first); }
    SUBCASE("while its peer takes nothing")
    {
        first.peer.fails = false;
        first.peer.takes = 300;
        b.serve(first);
    }
    CHECK_FALSE(first.ended);
    first.cancellation.emit(boost::asio::cancellation_type::terminal);
    b.settle();
    CHECK(first.ended);
    CHECK_FALSE(first.refused.has_value());
    CHECK(first.peer.closed);
    CHECK(b.broker().client_count() == 0);
    b.broker().broadcast(text("away"));
    b.settle();
    bench::serving second;
    b.serve(second, request_for_stream(first.session()));
    CHECK(events_in(second.peer.taken).data == std::vector<std::string>{"away"});
    CHECK(second.peer.taken.find(R"("resumed":true)") != std::string::npos);
    b.stop([] {});
    b.settle();
    CHECK(second.ended);
}

TEST_CASE("a cancellation between two waits is not missed")
{
    bench b;
    bench::serving s;
    b.serve(s);
    // The write completes and the cancellation comes before the coroutine runs again.
    b.broker().broadcast(text("x"));
    boost::asio::post(b.executor(), [&s] { s.cancellation.emit(boost::asio::cancellation_type::terminal); });
    b.settle();
    CHECK(s.ended);
    CHECK(s.peer.closed);
}

TEST_CASE("stopping twice completes twice; each stream ends once")
{
    bench b;
    bench::serving s;
    b.serve(s);
    int stopped = 0;
    b.stop([&stopped] { ++stopped; });
    b.stop([&stopped] { ++stopped; });
    b.settle();
    CHECK(stopped == 2);
    CHECK(s.ended);
    CHECK(s.peer.taken.find("event: shutdown\n") != std::string::npos);
    CHECK(s.peer.taken.ends_with("0\r\n\r\n"));
    b.stop([&stopped] { ++stopped; });
    b.settle();
    CHECK(stopped == 3);
}

TEST_CASE("stopping during a replay ends the stream in good order, with whole events")
{
    bench b;
    bench::serving first;
    b.serve(first);
    first.cancellation.emit(boost::asio::cancellation_type::terminal);
    b.settle();
    for (int i = 0; i != 500; ++i) {
        b.broker().broadcast(text(fmt::format("{:04} {}", i, std::string(1000, 'x'))));
        b.settle();
    }
    bench::serving second;
    second.peer.fails = false;
    second.peer.takes = 100'000;
    b.serve(second, request_for_stream(first.session()));
    REQUIRE(second.peer.taken.find("replay-start") != std::string::npos);
    REQUIRE(second.peer.taken.find("replay-end") == std::string::npos);
    bool stopped = false;
    SUBCASE("the peer goes on reading")
    {
        b.stop([&stopped] { stopped = true; });
        b.settle();
        CHECK_FALSE(stopped);
        second.peer.takes = script::no_end;
        REQUIRE(second.peer.writing);
        std::exchange(second.peer.writing, nullptr)({});
        b.settle();
        CHECK(second.peer.taken.ends_with("0\r\n\r\n"));
        CHECK(second.peer.taken.find("event: shutdown\n") != std::string::npos);
    }
    SUBCASE("the peer takes nothing: cut off when the time is over")
    {
        b.stop([&stopped] { stopped = true; }, 20ms);
        b.settle_until([&] { return second.ended; });
        CHECK(second.peer.closed);
    }
    b.settle();
    CHECK(stopped);
    CHECK(second.ended);
    auto const data = events_in(second.peer.taken).data;
    for (std::size_t i = 0; i != data.size(); ++i) {
        CHECK(data[i].starts_with(fmt::format("{:04} ", i)));
    }
}

TEST_CASE("a stream that is disconnected while a write is under way")
{
    broker_config config;
    config.streams.write_timeout = 50ms;
    bench b{{}, config};
    bench::serving s;
    s.peer.fails = false;
    b.serve(s);
    s.peer.takes = s.peer.taken.size() + 10;
    b.broker().broadcast(text("cut"));
    b.settle();
    REQUIRE(s.peer.writing);
    bool disconnected = false;
    b.broker().async_disconnect(
        *parse_session_id(s.session()),
        boost::asio::bind_executor(b.executor(), [&](error_code, bool was) { disconnected = was; }));
    b.settle();
    CHECK(disconnected);
    CHECK_FALSE(s.ended);
    SUBCASE("ends in good order behind it")
    {
        s.peer.takes = script::no_end;
        std::exchange(s.peer.writing, nullptr)({});
        b.settle();
        CHECK(events_in(s.peer.taken).data == std::vector<std::string>{"cut"});
        CHECK(s.peer.taken.ends_with("0\r\n\r\n"));
    }
    SUBCASE("is closed when the peer takes nothing")
    {
        b.settle_until([&s] { return s.ended; });
    }
    CHECK(s.ended);
    CHECK(s.peer.closed);
}

TEST_CASE("a broker that is destroyed while streams stand")
{
    bench b;
    bench::serving idle;
    bench::serving stuck;
    stuck.peer.fails = false;
    stuck.peer.takes = 100;
    b.serve(idle);
    b.serve(stuck);
    SUBCASE("streams that wait for events are destroyed with it, and the context runs on")
    {
        b.destroy_broker();
        CHECK_FALSE(stuck.ended);
        b.settle();
        CHECK(idle.peer.closed); // with the stream, which the coroutine had
        CHECK_FALSE(idle.ended);
        // One that waits for its connection goes on when that fails, and ends.
        std::exchange(stuck.peer.writing, nullptr)(boost::asio::error::broken_pipe);
        b.settle();
        CHECK(stuck.ended);
    }
    SUBCASE("and then the context")
    {
        b.destroy_broker();
        stuck.peer.writing = nullptr;
        stuck.peer.reading = nullptr;
        b.destroy_context();
        CHECK_FALSE(idle.ended);
        CHECK_FALSE(stuck.ended);
    }
}

TEST_CASE("sockets that still stand when broker and context end leave nothing behind")
{
    boost::asio::io_context peers;
    auto context = std::make_unique<boost::asio::io_context>();
    auto b = std::make_unique<sluice::broker>(std::vector<boost::asio::any_io_executor>{context->get_executor()});
    handler const h{*b};
    bool ended = false;
    auto [server, client] = tcp_socket::connect(context->get_executor(), peers);
    auto const serve = [](handler const& by, tcp::socket socket) -> boost::asio::awaitable<void> {
        auto const request = request_for_stream();
        (void)co_await by.serve(socket, request, "127.0.0.1");
    };
    auto coroutine = serve(h, std::move(server));
    boost::asio::co_spawn(*context, std::move(coroutine), [&ended](std::exception_ptr const&) { ended = true; });
    context->poll();
    peer<tcp::socket> p{peers, std::move(client)};
    p.read_until("event: connected\n");
    SUBCASE("the broker first, and the context runs on")
    {
        b.reset();
        context->restart();
        context->poll();
        p.read_to_end();
    }
    SUBCASE("the broker, then the context") { b.reset(); }
    context.reset();
    b.reset();
    CHECK_FALSE(ended);
}

TEST_CASE("a hook that throws ends the serving, and nothing was connected")
{
    auto const thrower =
        [](subscribe_request const&,
           boost::beast::http::request_header<> const&) -> boost::asio::awaitable<expected<subscriber>> {
        throw std::runtime_error("the directory is down");
        co_return subscriber{};
    };
    bench b{{.kept_headers = {}, .authorize = thrower}};
    bench::serving s;
    b.serve(s);
    REQUIRE(s.ended);
    REQUIRE(s.failure);
    CHECK_THROWS_WITH(std::rethrow_exception(s.failure), "the directory is down");
    CHECK(s.peer.taken.empty());
    CHECK(b.broker().session_stats().total_sessions == 0);
}

TEST_CASE("a hook that suspends")
{
    auto const slow = [](subscribe_request const&,
                         boost::beast::http::request_header<> const&) -> boost::asio::awaitable<expected<subscriber>> {
        boost::asio::steady_timer never{co_await boost::asio::this_coro::executor, 1h};
        co_await never.async_wait(boost::asio::use_awaitable);
        co_return subscriber{};
    };
    bench b{{.kept_headers = {}, .authorize = slow}};
    bench::serving s;
    b.serve(s);
    CHECK_FALSE(s.ended);
    SUBCASE("can be cancelled")
    {
        s.cancellation.emit(boost::asio::cancellation_type::terminal);
        b.settle();
        CHECK(s.ended);
        CHECK(s.failure);
    }
    SUBCASE("does not hold up a stop")
    {
        bool stopped = false;
        b.stop([&stopped] { stopped = true; });
        b.settle();
        CHECK(stopped);
        CHECK_FALSE(s.ended);
    }
    SUBCASE("is destroyed with its context, after the broker") { b.destroy_broker(); }
    CHECK(s.peer.taken.empty());
}

TEST_CASE("a hook that lets in after a stop lets nobody in")
{
    boost::asio::steady_timer* gate = nullptr;
    auto const wait =
        [&gate](subscribe_request const&,
                boost::beast::http::request_header<> const&) -> boost::asio::awaitable<expected<subscriber>> {
        boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor, 1h};
        gate = &timer;
        auto const token = boost::asio::as_tuple(boost::asio::use_awaitable);
        co_await timer.async_wait(token);
        co_return subscriber{};
    };
    bench b{{.kept_headers = {}, .authorize = wait}};
    bench::serving s;
    b.serve(s);
    bool stopped = false;
    b.stop([&stopped] { stopped = true; });
    b.settle();
    CHECK(stopped);
    CHECK_FALSE(s.ended);
    gate->cancel();
    b.settle();
    CHECK(s.ended);
    REQUIRE(s.refused.has_value());
    CHECK(s.refused->status == 503);
    CHECK(s.peer.taken.empty());
}

TEST_CASE("a stream that fails at any byte leaves a session that resumes exactly")
{
    // How much there is to fail in.
    std::size_t total = 0;
    for (std::size_t limit = script::no_end; total == 0 || limit <= total; limit = total == 0 ? limit : limit + 1) {
        bench b;
        bench::serving first;
        first.peer.takes = limit;
        b.serve(first);
        b.broker().broadcast(text("a"));
        b.settle();
        b.broker().broadcast(std::array{text("b"), text("c")});
        b.settle();
        if (limit == script::no_end) {
            total = first.peer.taken.size();
            limit = 0;
            CHECK(events_in(first.peer.taken).data == std::vector<std::string>{"a", "b", "c"});
            b.stop([] {});
            b.settle();
            continue;
        }
        CAPTURE(limit);
        REQUIRE(first.ended == (limit < total));
        auto const before = events_in(first.peer.taken);
        if (first.peer.taken.find("\r\n\r\n") != std::string::npos) {
            bench::serving second;
            b.serve(second, request_for_stream(first.session(), before.last_id));
            auto all = before.data;
            auto const after = events_in(second.peer.taken).data;
            all.insert(all.end(), after.begin(), after.end());
            // Without a last id the server goes on behind what it wrote, so what was half written comes again.
            CHECK(all == std::vector<std::string>{"a", "b", "c"});
            b.stop([] {});
            b.settle();
            CHECK(second.ended);
        }
    }
    CHECK(total > 300);
}

TEST_CASE("executors that cannot be right are refused when the broker is made")
{
    boost::asio::thread_pool pool{2};
    CHECK_THROWS_AS(broker(std::vector<boost::asio::any_io_executor>{pool.get_executor()}), std::invalid_argument);
    CHECK_THROWS_AS(broker(std::vector<boost::asio::any_io_executor>{boost::asio::system_executor{}}),
                    std::invalid_argument);
    CHECK_THROWS_AS(broker(std::vector<boost::asio::any_io_executor>{}), std::invalid_argument);
    boost::asio::io_context context;
    boost::asio::any_io_executor const one = context.get_executor();
    CHECK_THROWS_AS((broker{std::vector{one, one}}), std::invalid_argument);
}

TEST_CASE("a context that a second thread runs is told to be the wrong executor")
{
    boost::asio::io_context context;
    broker b{std::vector<boost::asio::any_io_executor>{context.get_executor()}};
    context.poll();
    CHECK(b.broadcast(text("x")).has_value());
    context.restart();
    std::jthread{[&context] { context.poll(); }}.join();
    auto const published = b.broadcast(text("y"));
    REQUIRE(published.has_error());
    CHECK(published.error() == errc::wrong_executor);
    error_code connecting;
    b.async_connect({}, boost::asio::bind_executor(
                            context, [&](error_code ec, std::unique_ptr<client> const&) { connecting = ec; }));
    context.restart();
    context.poll();
    CHECK(connecting == errc::wrong_executor);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
