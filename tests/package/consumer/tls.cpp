// A program that takes sluice's TLS: it asks for a stream where nobody speaks TLS, and OpenSSL says so. Ends with 0
// when it does.
#include <sluice/event_source.hpp>
#include <sluice/event_source_tls.hpp>

#include <boost/asio.hpp>
#include <boost/asio/ssl/error.hpp>

#include <chrono>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using asio::ip::tcp;

int main()
{
    asio::io_context context{1};
    tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
    tcp::socket peer{context};
    acceptor.async_accept(
        peer, [&peer](sluice::error_code) { asio::write(peer, asio::buffer(std::string{"this is no TLS"})); });

    sluice::event_source_options options;
    options.tls = sluice::make_tls_layer();
    std::string const url = "https://localhost:" + std::to_string(acceptor.local_endpoint().port()) + "/events";
    sluice::event_source source{context.get_executor(), std::string_view{url}, options};
    sluice::error_code result;
    source.async_receive([&result](sluice::error_code ec, sluice::received_event const&) { result = ec; });
    context.run_for(std::chrono::seconds{30});
    if (result.category() != asio::error::get_ssl_category()) {
        std::cerr << "consumer_tls: not an error of OpenSSL: " << result.message() << '\n';
        return 1;
    }
}
