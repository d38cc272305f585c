// A Beast application with TLS and routes of its own, to which a stream was added: GET / is a page, POST /say publishes
// the request's body, and GET /events is the stream, for users who have logged in.
//
//     beast_application PORT CERTIFICATE KEY     (PEM files)
#include <sluice/http/response.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <exception>
#include <optional>
#include <string>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using request_type = http::request<http::string_body>;
using response_type = http::response<http::string_body>;
using tls_stream = beast::ssl_stream<beast::tcp_stream>;

namespace {

constexpr auto page = R"(<!doctype html><title>sluice</title><ul id=said></ul><script>
new EventSource('/events').addEventListener('said', e => {
  said.append(Object.assign(document.createElement('li'), { textContent: e.data }));
});</script>)";

/// The application's own authentication. Here a client logs in by naming a user in a cookie.
[[nodiscard]] std::string user_of(http::request_header<> const& request)
{
    std::string const cookie{request[http::field::cookie]};
    auto const at = cookie.find("user=");
    return at == std::string::npos ? std::string{} : cookie.substr(at + 5, cookie.find(';', at) - at - 5);
}

/// Who may have a stream, and as whom: a session is then nobody else's.
asio::awaitable<sluice::expected<sluice::grant>> authorize(sluice::subscribe_request const& /*wanted*/,
                                                           http::request_header<> const& request)
{
    auto user = user_of(request);
    if (user.empty()) {
        co_return sluice::problem{.status = 401, .detail = "log in first"};
    }
    co_return sluice::grant{.subject = std::move(user), .may_subscribe = sluice::selection::everything()};
}

[[nodiscard]] response_type answer(request_type const& request, http::status status, std::string const& type,
                                   std::string body)
{
    response_type response{status, request.version(), std::move(body)};
    response.set(http::field::content_type, type);
    response.keep_alive(request.keep_alive());
    response.prepare_payload();
    return response;
}

/// The routes that are not a stream.
asio::awaitable<response_type> respond(sluice::broker& hub, request_type request)
{
    if (request.method() == http::verb::get && request.target() == "/") {
        co_return answer(request, http::status::ok, "text/html; charset=utf-8", page);
    }
    if (request.method() == http::verb::post && request.target() == "/say") {
        // If events come faster than the shards take them, this waits without blocking.
        auto const token = asio::as_tuple(asio::use_awaitable);
        auto const [ec, receipt] = co_await hub.async_broadcast("said", request.body(), token);
        co_return ec ? sluice::make_response(sluice::to_problem(ec), request.version())
                     : answer(request, http::status::ok, "text/plain", receipt.first + "\n");
    }
    sluice::problem const unknown{.status = 404, .detail = "there is nothing here"};
    co_return sluice::make_response(unknown, request.version());
}

asio::awaitable<void> serve(sluice::broker& hub, sluice::handler const& streams, asio::ssl::context& tls,
                            tcp::socket socket)
{
    auto const address = socket.remote_endpoint().address().to_string();
    tls_stream stream{std::move(socket), tls};
    beast::get_lowest_layer(stream).expires_after(std::chrono::seconds{30});
    co_await stream.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
    for (beast::flat_buffer buffer;;) {
        request_type request;
        co_await http::async_read(stream, buffer, request, asio::use_awaitable);
        response_type response;
        if (request.method() == http::verb::get && request.target().starts_with("/events")) {
            // The broker has deadlines of its own for a stream; the application's would end it.
            beast::get_lowest_layer(stream).expires_never();
            auto const refused = co_await streams.serve(stream, request, address);
            if (!refused) {
                co_return;
            }
            response = sluice::make_response(*refused, request.version());
        } else {
            response = co_await respond(hub, request);
        }
        beast::get_lowest_layer(stream).expires_after(std::chrono::seconds{30});
        co_await http::async_write(stream, response, asio::use_awaitable);
        if (!response.keep_alive()) {
            co_await stream.async_shutdown(asio::as_tuple(asio::use_awaitable));
            co_return;
        }
    }
}

asio::awaitable<void> listen(sluice::broker& hub, sluice::handler const& streams, asio::ssl::context& tls,
                             tcp::acceptor& acceptor)
{
    while (acceptor.is_open()) {
        auto [ec, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
        if (!ec) {
            asio::co_spawn(acceptor.get_executor(), serve(hub, streams, tls, std::move(socket)), asio::detached);
        }
    }
}

void run(unsigned short port, std::string const& certificate, std::string const& key)
{
    asio::io_context context{1};
    asio::ssl::context tls{asio::ssl::context::tls_server};
    tls.use_certificate_chain_file(certificate);
    tls.use_private_key_file(key, asio::ssl::context::pem);

    sluice::broker_config config;
    config.sessions.ownership = {.user_agent = false, .address = false, .token = true};
    sluice::broker hub{{context.get_executor()}, config};
    sluice::handler const streams{hub, {.authorize = authorize}};

    tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), port}};
    fmt::print("https://localhost:{}\n", acceptor.local_endpoint().port());
    std::fflush(stdout);
    asio::co_spawn(context, listen(hub, streams, tls, acceptor), asio::detached);

    asio::signal_set signals{context, SIGINT, SIGTERM};
    signals.async_wait([&](sluice::error_code, int) {
        acceptor.close();
        hub.async_stop(std::chrono::seconds{5}, [&context] { context.stop(); });
    });
    context.run();
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 4) {
        fmt::print(stderr, "usage: beast_application PORT CERTIFICATE KEY\n");
        return 2;
    }
    try {
        run(static_cast<unsigned short>(std::atoi(argv[1])), argv[2], argv[3]);
    } catch (std::exception const& e) {
        fmt::print(stderr, "beast_application: {}\n", e.what());
        return 1;
    }
}
