// Cancelling and destroying, in every state and order. Under a sanitizer this says most.

#include "client.hpp"
#include <support/scripted_server.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace sluice::test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// Where an event source can be when something happens to it.
struct situation {
    char const* name;
    /// What the server does with each connection.
    scripted_server::script server;
    /// Whether the event source has come so far.
    std::function<bool(client&, scripted_server&)> reached;
};

void hold(stream_socket& peer, std::string const& /*request*/, std::size_t /*visit*/) { await_close(peer); }

std::vector<situation> const situations{
    {"not started", hold, [](client&, scripted_server&) { return true; }},
    {"before the response", hold, [](client&, scripted_server& s) { return s.visits() == 1; }},
    {"in the response's head",
     [](stream_socket& peer, std::string const&, std::size_t) {
         peer.send("HTTP/1.1 200 OK\r\nContent-");
         await_close(peer);
     },
     [](client&, scripted_server& s) { return s.visits() == 1; }},
    {"a stream that is quiet",
     [](stream_socket& peer, std::string const&, std::size_t) {
         peer.send(stream_head);
         await_close(peer);
     },
     [](client& c, scripted_server&) { return c.source().state() == event_source_state::open; }},
    {"within an event",
     [](stream_socket& peer, std::string const&, std::size_t) {
         peer.send(stream_head);
         peer.send("data: a\nda");
         await_close(peer);
     },
     [](client& c, scripted_server&) { return c.source().state() == event_source_state::open; }},
    {"waiting to reconnect",
     [](stream_socket& peer, std::string const&, std::size_t) {
         peer.send(stream_head);
         peer.send("retry: 60000\n\n");
     },
     [](client& c, scripted_server&) {
         return c.log().size() == 2 && c.source().state() == event_source_state::connecting;
     }},
};

/// A receive that waits, and what it completed with.
class pending {
public:
    explicit pending(event_source& source)
    {
        source.async_receive(asio::bind_cancellation_slot(
            signal_->slot(),
            [result = result_, signal = signal_](error_code ec, received_event const&) { result->push_back(ec); }));
    }
    void cancel() { signal_->emit(asio::cancellation_type::terminal); }
    [[nodiscard]] std::vector<error_code> const& results() const { return *result_; }

private:
    std::shared_ptr<asio::cancellation_signal> signal_ = std::make_shared<asio::cancellation_signal>();
    std::shared_ptr<std::vector<error_code>> result_ = std::make_shared<std::vector<error_code>>();
};

/// Brings a client into each situation, with a receive that waits but where it is not started.
void in_each_situation(std::function<void(client&, std::optional<pending>&)> const& then)
{
    for (auto const& s : situations) {
        CAPTURE(s.name);
        scripted_server server{s.server};
        client c{server.url()};
        std::optional<pending> waiting;
        if (std::string_view{s.name} != "not started") {
            waiting.emplace(c.source());
        }
        c.run_until(s.name, [&] { return s.reached(c, server); });
        then(c, waiting);
    }
}

/// Listens without a thread: what it has to say is there as soon as a client has connected.
class quick_listener {
public:
    quick_listener() { acceptor_.non_blocking(true); }

    [[nodiscard]] std::string url(std::string const& host = "127.0.0.1") const
    {
        return fmt::format("http://{}:{}/", host, acceptor_.local_endpoint().port());
    }
    /// Takes a connection that is there, and answers it; false when there is none.
    bool accept()
    {
        error_code none;
        auto socket = acceptor_.accept(none);
        if (!none) {
            asio::write(socket, asio::buffer(fmt::format("{}data: a\n\n", stream_head)));
            peers_.push_back(std::move(socket));
        }
        return !none;
    }

private:
    asio::io_context context_;
    asio::ip::tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
    std::vector<asio::ip::tcp::socket> peers_;
};

void run_to_the_end(client& c)
{
    c.context().restart();
    // Nothing of it is left to keep the context busy.
    c.context().run_for(std::chrono::seconds{10});
    CHECK(c.context().stopped());
}

} // namespace

TEST_SUITE("event_source/lifetime")
{
    TEST_CASE("destroyed · a receive that waits is aborted, and nothing is left of it")
    {
        in_each_situation([](client& c, std::optional<pending>& waiting) {
            c.destroy();
            run_to_the_end(c);
            if (waiting) {
                CHECK(waiting->results() == std::vector<error_code>{asio::error::operation_aborted});
            }
        });
    }

    TEST_CASE("closed · a receive that waits and all later ones say so")
    {
        in_each_situation([](client& c, std::optional<pending>& waiting) {
            c.source().close();
            CHECK(c.source().state() == event_source_state::closed);
            run_to_the_end(c);
            if (waiting) {
                CHECK(waiting->results() == std::vector<error_code>{event_source_errc::closed});
            }
            CHECK(c.end() == event_source_errc::closed);
            c.source().close();
            CHECK(c.end() == event_source_errc::closed);
        });
    }

    TEST_CASE("closed · at each step, it stays closed")
    {
        for (int steps = 0; steps != 20; ++steps) {
            CAPTURE(steps);
            quick_listener server;
            client c{server.url(), quick()};
            pending waiting{c.source()};
            for (int i = 0; i != steps; ++i) {
                c.context().restart();
                c.context().run_one_for(20ms);
                server.accept();
            }
            c.source().close();
            run_to_the_end(c);
            CHECK(c.source().state() == event_source_state::closed);
            CHECK(c.log().back() == make_error_code(event_source_errc::closed).message());
            CHECK(waiting.results().size() == 1);
        }
    }

    TEST_CASE("destroyed · while the host's address is looked up, it does not connect any more")
    {
        int judged = 0;
        for (int round = 0; round != 20; ++round) {
            quick_listener server;
            client c{server.url("localhost"), quick()};
            pending const waiting{c.source()};
            while (c.context().poll_one() != 0) {
            }
            // As long as a look-up takes; so the answer is there by now, and has not been seen.
            asio::io_context other;
            for (int i = 0; i != 5; ++i) {
                (void)asio::ip::tcp::resolver{other}.resolve("localhost", "80");
            }
            if (server.accept()) {
                continue; // the look-up was quicker than the loop
            }
            c.destroy();
            run_to_the_end(c);
            CHECK_FALSE(server.accept());
            ++judged;
        }
        CHECK(judged > 0);
    }

    TEST_CASE("the context destroyed first · then the event source")
    {
        for (auto const& s : situations) {
            CAPTURE(s.name);
            scripted_server server{s.server};
            auto context = std::make_unique<asio::io_context>();
            event_source source{asio::make_strand(*context), server.url()};
            auto const kept = std::make_shared<int>();
            source.async_receive([kept](error_code, received_event const&) { FAIL("nobody runs the context"); });
            deadline const until;
            while (server.visits() == 0 && !until.passed()) {
                context->run_one_for(5ms);
            }
            context->run_for(20ms);
            CHECK(kept.use_count() == 2);
            context.reset();
            CHECK(kept.use_count() == 1);
        }
    }

    TEST_CASE("the context destroyed before it has run at all")
    {
        auto const kept = std::make_shared<int>();
        std::optional<event_source> source;
        {
            asio::io_context context;
            source.emplace(context.get_executor(), "http://127.0.0.1:9/");
            source->async_receive([kept](error_code, received_event const&) { FAIL("nobody runs the context"); });
        }
        CHECK(kept.use_count() == 1);
    }

    TEST_CASE("the context destroyed with a coroutine that has the event source and waits for it")
    {
        for (auto const& s : situations) {
            CAPTURE(s.name);
            scripted_server server{s.server};
            auto const kept = std::make_shared<int>();
            asio::io_context context;
            auto const loop = [](std::string url, std::shared_ptr<int> /*kept*/) -> asio::awaitable<void> {
                event_source source{co_await asio::this_coro::executor, url};
                for (;;) {
                    co_await source.async_receive(asio::use_awaitable);
                }
            };
            asio::co_spawn(context, loop(server.url(), kept), asio::detached);
            deadline const until;
            while (server.visits() == 0 && !until.passed()) {
                context.run_one_for(5ms);
            }
            context.run_for(20ms);
            CHECK(kept.use_count() == 2);
        }
    }

    TEST_CASE("cancelled · only the receive ends; the next one waits for the same")
    {
        in_each_situation([](client& c, std::optional<pending>& waiting) {
            if (!waiting) {
                return;
            }
            auto const before = c.source().state();
            waiting->cancel();
            c.run_until("the cancelled receive", [&] { return !waiting->results().empty(); });
            CHECK(waiting->results() == std::vector<error_code>{asio::error::operation_aborted});
            CHECK(c.source().state() == before);
            waiting->cancel(); // nothing is there to be cancelled any more
            pending again{c.source()};
            c.context().restart();
            c.context().run_for(10ms);
            CHECK(again.results().empty());
            again.cancel();
        });
    }

    TEST_CASE("cancelled · last_event_id is that of what was received, not of what has come")
    {
        scripted_server server{
            reply_and_hold(fmt::format("{}id: 1\ndata: a\n\nid: 2\n\nid: 3\ndata: b\n\n", stream_head))};
        client c{server.url(), quick()};
        CHECK(c.next().data == "a");
        pending waiting{c.source()};
        waiting.cancel();
        CHECK(c.source().last_event_id() == "1");
        CHECK(c.next().data == "b");
        CHECK(c.source().last_event_id() == "3");
    }

    TEST_CASE("cancelled · at each step of a stream, no event is lost or comes twice")
    {
        // Each receive is cancelled after so many steps of the context, if it is not complete by then.
        for (std::size_t steps = 1; steps != 30; ++steps) {
            CAPTURE(steps);
            scripted_server server{[](stream_socket& peer, std::string const& request, std::size_t) {
                auto const last = field_of(request, "Last-Event-ID");
                auto const from = last.empty() ? 1 : std::stoi(last) + 1;
                peer.try_send(stream_head);
                for (int i = from; i < from + 3; ++i) {
                    peer.try_send(fmt::format("id: {}\ndata: {}\n\n", i, i));
                }
            }};
            client c{server.url(), quick()};
            std::vector<std::string> ids;
            auto const take = [&ids](error_code ec, received_event const& e) {
                if (!ec) {
                    ids.push_back(e.last_event_id);
                } else if (ec != asio::error::operation_aborted) {
                    FAIL(ec.message());
                }
            };
            deadline const until;
            while (ids.size() < 12 && !until.passed()) {
                asio::cancellation_signal signal;
                bool done = false;
                c.source().async_receive(
                    asio::bind_cancellation_slot(signal.slot(), [&](error_code ec, received_event const& e) {
                        done = true;
                        take(ec, e);
                    }));
                for (std::size_t i = 0; i != steps && !done; ++i) {
                    c.context().restart();
                    c.context().run_one_for(20ms);
                }
                signal.emit(asio::cancellation_type::partial);
                c.run_until("the receive", [&] { return done; });
                // Without a receive it goes on to connect and to read.
                c.context().restart();
                c.context().poll();
            }
            REQUIRE(ids.size() >= 12);
            for (std::size_t i = 0; i != ids.size(); ++i) {
                CHECK(ids[i] == std::to_string(i + 1));
            }
        }
    }

    TEST_CASE("a receive or a timer, whichever is first · no event is lost")
    {
        using namespace asio::experimental::awaitable_operators;
        constexpr int count = 2000;
        scripted_server server{[](stream_socket& peer, std::string const&, std::size_t) {
            peer.send(stream_head);
            for (int i = 0; i != count; ++i) {
                peer.try_send(fmt::format("data: {}\n\n", i));
            }
            await_close(peer);
        }};
        client c{server.url(), quick()};
        std::vector<std::string> data;
        auto const loop = [](event_source& source, std::vector<std::string>& to) -> asio::awaitable<void> {
            asio::steady_timer timer{co_await asio::this_coro::executor};
            while (to.size() != count) {
                timer.expires_after(std::chrono::microseconds{to.size() % 7 * 5});
                auto result =
                    co_await (source.async_receive(asio::use_awaitable) || timer.async_wait(asio::use_awaitable));
                if (auto* const e = std::get_if<0>(&result)) {
                    to.push_back(e->data);
                }
            }
        };
        bool done = false;
        asio::co_spawn(c.context(), loop(c.source(), data),
                       [&done](std::exception_ptr const& e) { done = e == nullptr; });
        c.run_until("all events", [&done] { return done; }, 30s);
        for (int i = 0; i != count; ++i) {
            REQUIRE(data[static_cast<std::size_t>(i)] == std::to_string(i));
        }
    }

    TEST_CASE("destroyed by its own handlers")
    {
        scripted_server server{[](stream_socket& peer, std::string const&, std::size_t) {
            peer.send(stream_head);
            peer.send("data: a\n\ndata: b\n\n");
        }};
        SUBCASE("of a receive")
        {
            client c{server.url()};
            bool done = false;
            c.source().async_receive([&](error_code ec, received_event const&) {
                CHECK_FALSE(ec);
                c.destroy();
                done = true;
            });
            c.run_until("the event", [&] { return done; });
            run_to_the_end(c);
        }
        SUBCASE("of a change of state")
        {
            for (std::size_t change = 1; change <= 3; ++change) {
                CAPTURE(change);
                std::unique_ptr<client> c;
                std::size_t changes = 0;
                auto options = quick();
                options.on_state = [&](event_source_state, std::string_view) {
                    if (++changes == change) {
                        c->destroy();
                    }
                };
                c = std::make_unique<client>(server.url(), options);
                auto ended = std::make_shared<bool>();
                std::function<void(error_code, received_event const&)> again = [&, ended](error_code ec,
                                                                                          received_event const&) {
                    *ended = ec == asio::error::operation_aborted;
                    if (!ec) {
                        c->source().async_receive(again);
                    }
                };
                c->source().async_receive(again);
                c->run_until("the end", [&] { return *ended; });
                run_to_the_end(*c);
            }
        }
    }

    TEST_CASE("what a handler throws is the context's, and the event source goes on")
    {
        scripted_server server{[](stream_socket& peer, std::string const&, std::size_t) {
            peer.send(stream_head);
            peer.send("data: a\n\ndata: b\n\n");
            await_close(peer);
        }};
        client c{server.url()};
        c.source().async_receive([](error_code, received_event const&) { throw std::runtime_error{"mine"}; });
        CHECK_THROWS_WITH(c.run_until("the event", [] { return false; }), "mine");
        CHECK(c.next().data == "b");
    }

    TEST_CASE("what on_state throws is the context's, and ends the event source")
    {
        scripted_server server{[](stream_socket& peer, std::string const&, std::size_t) {
            peer.send(stream_head);
            await_close(peer);
        }};
        event_source_options options;
        options.on_state = [](event_source_state, std::string_view) { throw std::runtime_error{"mine"}; };
        client c{server.url(), options};
        pending const waiting{c.source()};
        CHECK_THROWS_WITH(c.run_until("the stream", [] { return false; }), "mine");
        run_to_the_end(c);
        CHECK(waiting.results() == std::vector<error_code>{asio::error::operation_aborted});
        CHECK(c.source().state() == event_source_state::closed);
        CHECK(c.end() == asio::error::operation_aborted);
    }

    TEST_CASE("try_receive beside a receive that waits takes its event; the receive gets the next one")
    {
        std::atomic<bool> taken = false;
        bool together = false;
        SUBCASE("that is there") { together = true; }
        SUBCASE("that is yet to come") { together = false; }
        scripted_server server{[&taken, together](stream_socket& peer, std::string const&, std::size_t) {
            peer.send(stream_head);
            peer.send(together ? "data: a\n\ndata: b\n\ndata: c\n\n" : "data: a\n\ndata: b\n\n");
            eventually("b to be taken", [&taken] { return taken.load(); });
            if (!together) {
                peer.send("data: c\n\n");
            }
            await_close(peer);
        }};
        client c{server.url()};
        CHECK(c.next().data == "a");
        std::string data;
        c.source().async_receive([&data](error_code, received_event const& e) { data = e.data; });
        received_event e;
        REQUIRE(c.source().try_receive(e));
        CHECK(e.data == "b");
        taken = true;
        c.run_until("the next event", [&data] { return !data.empty(); });
        CHECK(data == "c");
    }

    TEST_CASE("a second receive beside one that waits is refused")
    {
        scripted_server server{
            [](stream_socket& peer, std::string const&, std::size_t visit) { hold(peer, {}, visit); }};
        client c{server.url()};
        pending first{c.source()};
        CHECK(c.end() == asio::error::already_started);
        CHECK(first.results().empty());
    }

    TEST_CASE("moved while it waits")
    {
        scripted_server server{[](stream_socket& peer, std::string const&, std::size_t) {
            peer.send(stream_head);
            peer.send("data: a\n\n");
            await_close(peer);
        }};
        asio::io_context context;
        event_source source{context.get_executor(), server.url()};
        std::string data;
        source.async_receive([&data](error_code, received_event const& e) { data = e.data; });
        event_source other{std::move(source)};
        deadline const until;
        while (data.empty() && !until.passed()) {
            context.run_one_for(5ms);
        }
        CHECK(data == "a");
        other = event_source{context.get_executor(), server.url()};
        context.restart();
        context.run_for(10s);
        CHECK(context.stopped());
    }

    TEST_CASE("on a strand of a pool · with a receiver there, one elsewhere, and the context's default token")
    {
        scripted_server server{[](stream_socket& peer, std::string const&, std::size_t) {
            peer.send(stream_head);
            for (int i = 0; i != 1000; ++i) {
                peer.try_send(fmt::format("data: {}\n\n", i));
            }
            await_close(peer);
        }};
        asio::thread_pool pool{3};
        auto const loop = [](std::string url) -> asio::awaitable<int> {
            event_source source{co_await asio::this_coro::executor, url};
            int i = 0;
            while (i != 1000) {
                auto const e = co_await source.async_receive();
                if (e.data != std::to_string(i++)) {
                    co_return -1;
                }
            }
            co_return i;
        };
        auto all = asio::co_spawn(asio::make_strand(pool), loop(server.url()), asio::use_future);
        CHECK(all.get() == 1000);
        pool.join();
    }
}

} // namespace sluice::test
