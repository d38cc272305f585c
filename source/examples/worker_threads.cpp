// An application with worker threads that publish their progress, on a server with several threads. It shuts down
// cleanly: first the workers, then the streams, then the threads.
//
//     worker_threads PORT
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

asio::awaitable<void> serve(sluice::handler const& streams, tcp::socket socket)
{
    boost::beast::flat_buffer buffer;
    http::request<http::empty_body> request;
    co_await http::async_read(socket, buffer, request, asio::use_awaitable);
    auto const address = socket.remote_endpoint().address().to_string();
    // The shard on which the session lives serves the connection, on whatever executor the connection runs.
    co_await streams.serve_or_refuse(socket, request, address);
}

asio::awaitable<void> listen(sluice::handler const& streams, asio::thread_pool& pool, tcp::acceptor& acceptor)
{
    while (acceptor.is_open()) {
        // A strand for each connection, so that its handlers never run at the same time.
        auto const strand = asio::make_strand(pool.get_executor());
        auto [ec, socket] = co_await acceptor.async_accept(strand, asio::as_tuple(asio::use_awaitable));
        if (!ec) {
            asio::co_spawn(strand, serve(streams, std::move(socket)), asio::detached);
        }
    }
}

/// Works, and publishes its progress. Publishing is safe from any thread; it blocks only while a shard is a whole ring
/// behind.
void work(sluice::broker& hub, std::stop_token const& stop, int number)
{
    for (int step = 1; !stop.stop_requested(); ++step) {
        auto const published =
            hub.broadcast({.type = "progress", .data = fmt::format("worker {} step {}", number, step)});
        if (published.has_error()) {
            fmt::print(stderr, "worker {}: {}\n", number, published.error().message());
            return;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{20}); // what it does
    }
}

void run(unsigned short port)
{
    asio::thread_pool pool{3};
    // Two shards. Each needs an executor that runs one handler at a time: a strand of the pool.
    sluice::broker hub{{asio::make_strand(pool.get_executor()), asio::make_strand(pool.get_executor())}};
    sluice::handler const streams{hub};

    auto const own = asio::make_strand(pool.get_executor());
    tcp::acceptor acceptor{own, {asio::ip::address_v4::loopback(), port}};
    fmt::print("http://127.0.0.1:{}\n", acceptor.local_endpoint().port());
    std::fflush(stdout);
    asio::co_spawn(own, listen(streams, pool, acceptor), asio::detached);

    std::vector<std::jthread> workers;
    for (int i = 1; i <= 3; ++i) {
        workers.emplace_back([&hub, i](std::stop_token const& stop) { work(hub, stop, i); });
    }

    asio::io_context main_thread;
    asio::signal_set signals{main_thread, SIGINT, SIGTERM};
    signals.async_wait([](sluice::error_code, int) {});
    main_thread.run();

    workers.clear(); // asks each to stop and joins it; after that nothing is published
    asio::post(own, [&acceptor] { acceptor.close(); });
    hub.async_stop(std::chrono::seconds{5}, asio::use_future).get(); // every stream has been told and has ended
    pool.join();
    fmt::print("published {} events\n", hub.session_stats().events_published);
}

} // namespace

int main(int argc, char** argv)
{
    try {
        run(static_cast<unsigned short>(argc > 1 ? std::atoi(argv[1]) : 8080));
    } catch (std::exception const& e) {
        fmt::print(stderr, "worker_threads: {}\n", e.what());
        return 1;
    }
}
