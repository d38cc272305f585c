#include "client.hpp"
#include "tls_server.hpp"
#include <sluice/event_source_tls.hpp>

#include <boost/asio/ssl/error.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace sluice::test {
namespace {

namespace ssl = boost::asio::ssl;

/// Trusts the authority in that file alone.
struct trust {
    explicit trust(std::string const& file) { context.load_verify_file(file); }

    [[nodiscard]] event_source_options options()
    {
        auto o = quick();
        o.tls = make_tls_layer(context);
        return o;
    }

    ssl::context context{ssl::context::tls_client};
};

} // namespace

TEST_SUITE("event_source/tls")
{
    TEST_CASE("a stream over TLS · names the server, comes back with the last id, and the origin is https")
    {
        certificates const made;
        tls_server server{made.for_name("localhost")};
        trust t{made.authority()};
        client c{server.url("localhost"), t.options()};
        auto const first = c.next();
        CHECK(first.data == "1");
        CHECK(first.origin == "https://localhost:" + std::to_string(server.port()));
        CHECK(c.next().data == "2");
        CHECK(c.log()[0] == "open");
        CHECK(server.server_names().front() == "localhost");
    }

    TEST_CASE("a certificate for the address proves an address, to which no name is told")
    {
        certificates const made;
        tls_server server{made.for_address("127.0.0.1")};
        trust t{made.authority()};
        client c{server.url("127.0.0.1"), t.options()};
        CHECK(c.next().data == "1");
        CHECK(server.server_names().front().empty());
    }

    TEST_CASE("a certificate for another name is refused for good")
    {
        certificates const made;
        tls_server server{made.for_name("elsewhere.example")};
        trust t{made.authority()};
        client c{server.url("localhost"), t.options()};
        auto const ec = c.end();
        CHECK(ec.category() == boost::asio::error::get_ssl_category());
        CHECK(c.source().state() == event_source_state::closed);
        CHECK(c.source().why().find("certificate verify failed") != std::string::npos);
        CHECK(server.requests() == 0);
    }

    TEST_CASE("an unknown authority is refused, whatever the context is set to")
    {
        certificates const made;
        certificates const others;
        tls_server server{made.for_name("localhost")};
        trust t{others.authority()};
        t.context.set_verify_mode(ssl::verify_none);
        client c{server.url("localhost"), t.options()};
        CHECK(c.end().category() == boost::asio::error::get_ssl_category());
        CHECK(server.requests() == 0);
        auto options = quick();
        options.tls = make_tls_layer();
        client system{server.url("localhost"), options};
        CHECK(system.end().category() == boost::asio::error::get_ssl_category());
    }
}

} // namespace sluice::test
