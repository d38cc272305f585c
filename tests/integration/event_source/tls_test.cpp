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
        CHECK(c.source().why().ends_with(": hostname mismatch (/CN=server)"));
        client by_address{server.url("127.0.0.1"), t.options()};
        CHECK(by_address.end().category() == boost::asio::error::get_ssl_category());
        CHECK(by_address.source().why().ends_with(": IP address mismatch (/CN=server)"));
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
        t.context.set_verify_callback([](bool, ssl::verify_context&) { return true; });
        CHECK(c.end().category() == boost::asio::error::get_ssl_category());
        CHECK(c.source().why().ends_with(": unable to get local issuer certificate (/CN=server)"));
        CHECK(server.requests() == 0);
        auto options = quick();
        options.tls = make_tls_layer();
        client system{server.url("localhost"), options};
        CHECK(system.end().category() == boost::asio::error::get_ssl_category());
    }

    TEST_CASE("an alert of the moment is a reason to come back, one about certificates or versions is the end")
    {
        struct row {
            unsigned char alert;
            bool final;
            char const* text;
        };
        certificates const made;
        auto const credentials = made.for_name("localhost");
        trust t{made.authority()};
        for (auto const& r : std::vector<row>{{80, false, "tlsv1 alert internal error"},
                                              {112, false, "tlsv1 unrecognized name"},
                                              {40, false, "sslv3 alert handshake failure"},
                                              {70, true, "tlsv1 alert protocol version"},
                                              {42, true, "sslv3 alert bad certificate"},
                                              {48, true, "tlsv1 alert unknown ca"}}) {
            CAPTURE(r.text);
            tls_server server{credentials, {.alerts = {r.alert, r.alert}}};
            client c{server.url("localhost"), t.options()};
            if (r.final) {
                CHECK(c.end().category() == boost::asio::error::get_ssl_category());
            } else {
                CHECK(c.next().data == "1");
                CHECK(c.log()[2] == "open");
            }
            CHECK(c.log()[0].find(r.text) != std::string::npos);
        }
    }

    TEST_CASE("a certificate that the client lacks is the end, though the alert comes behind the handshake")
    {
        certificates const made;
        tls_server server{made.for_name("localhost"), {.client_authority = made.authority()}};
        trust t{made.authority()};
        client c{server.url("localhost"), t.options()};
        CHECK(c.end().category() == boost::asio::error::get_ssl_category());
        CHECK(c.source().why().find("certificate required") != std::string::npos);
    }
}

} // namespace sluice::test
