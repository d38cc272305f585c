// The smallest server: every request opens a stream, and each line of standard input is broadcast.
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>
#include <boost/beast.hpp>

#include <iostream>
#include <thread>
namespace {
namespace asio = boost::asio;
namespace beast = boost::beast;
asio::awaitable<void> serve(sluice::handler const& streams, asio::ip::tcp::socket socket)
{
    beast::flat_buffer buffer;
    beast::http::request<beast::http::empty_body> request;
    co_await beast::http::async_read(socket, buffer, request, asio::use_awaitable);
    co_await streams.serve_or_refuse(socket, request, "127.0.0.1");
}
asio::awaitable<void> listen(sluice::handler streams, asio::ip::tcp::acceptor acceptor)
{
    for (std::cout << "http://" << acceptor.local_endpoint() << std::endl;;) {
        auto socket = co_await acceptor.async_accept(asio::use_awaitable);
        asio::co_spawn(acceptor.get_executor(), serve(streams, std::move(socket)), asio::detached);
    }
}
} // namespace
int main(int /*argc*/, char** argv) // the port as argument
{
    asio::io_context io{1};
    sluice::broker hub{{io.get_executor()}};
    auto const port = static_cast<asio::ip::port_type>(std::stoi(argv[1]));
    asio::co_spawn(io, listen(sluice::handler{hub}, {io, {asio::ip::address_v4::loopback(), port}}), asio::detached);
    std::jthread const runner{[&] { io.run(); }};
    for (std::string line; std::getline(std::cin, line);) {
        hub.broadcast({.data = line});
    }
    hub.async_stop(std::chrono::seconds{5}, asio::use_future).get();
    io.stop();
}
