// A program that embeds sluice: it serves a stream on the loopback interface and receives from it what it publishes.
// Ends with 0 when all of it came to pass.
#include <sluice/event_source.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

static_assert(SLUICE_VERSION >= 100);

void check(bool holds, char const* what)
{
    if (!holds) {
        throw std::runtime_error{what};
    }
}

/// What the library makes known of an error is the same on both sides of a shared library.
void check_errors(sluice::broker& hub, asio::any_io_executor const& executor)
{
    auto const refused = hub.broadcast({.id = {}, .type = "two\nlines", .data = {}});
    check(refused.has_error() && refused.error() == sluice::errc::invalid_type, "the category of the library's errors");
    try {
        sluice::event_source const source{executor, std::string_view{"ftp://localhost/"}};
        check(false, "a URL that is refused");
    } catch (boost::system::system_error const& e) {
        check(e.code() == sluice::event_source_errc::unsupported_url, "an exception out of the library");
    }
}

asio::awaitable<void> serve(sluice::handler const& streams, tcp::acceptor& acceptor)
{
    auto socket = co_await acceptor.async_accept(asio::use_awaitable);
    boost::beast::flat_buffer buffer;
    http::request<http::empty_body> request;
    co_await http::async_read(socket, buffer, request, asio::use_awaitable);
    co_await streams.serve_or_refuse(socket, request, "127.0.0.1");
}

asio::awaitable<void> receive(sluice::broker& hub, std::string_view url)
{
    auto const executor = co_await asio::this_coro::executor;
    check_errors(hub, executor);
    sluice::event_source source{executor, url};
    auto const connected = co_await source.async_receive(asio::use_awaitable);
    check(connected.type == "connected", "the stream's beginning");
    check(hub.broadcast({.id = {}, .type = "greeting", .data = "hello"}).has_value(), "publishing");
    auto const received = co_await source.async_receive(asio::use_awaitable);
    check(received.type == "greeting" && received.data == "hello", "the event that was published");
    source.close();
    co_await hub.async_stop(std::chrono::seconds{5}, asio::use_awaitable);
}

} // namespace

int main()
{
    std::exception_ptr failure = std::make_exception_ptr(std::runtime_error{"not done within 30 s"});
    asio::io_context context{1};
    sluice::broker hub{{context.get_executor()}};
    sluice::handler const streams{hub};
    tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
    std::string const url = "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/events";
    asio::co_spawn(context, serve(streams, acceptor), asio::detached);
    asio::co_spawn(context, receive(hub, url), [&failure](std::exception_ptr e) { failure = std::move(e); });
    try {
        context.run_for(std::chrono::seconds{30});
        check(sluice::version_string == CONSUMER_EXPECTS, "the version");
        if (failure) {
            std::rethrow_exception(failure);
        }
    } catch (std::exception const& e) {
        std::cerr << "consumer: " << e.what() << '\n';
        return 1;
    }
}
