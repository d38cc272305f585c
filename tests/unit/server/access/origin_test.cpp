#include <access/origin.hpp>

#include <boost/beast/http/field.hpp>

#include <doctest/doctest.h>
#include <requests/security_fields.hpp>

#include <string>
#include <vector>

using namespace sluice::server;
using boost::beast::http::field;
using boost::beast::http::fields;
using sluice::cors_policy;

namespace {

struct origin_row {
    char const* origin;
    char const* host;
    bool own;
};

constexpr origin_row origins[] = {
    {"http://localhost:8080", "localhost:8080", true},
    {"https://localhost:8080", "localhost:8080", true}, // TLS ends in front
    {"http://example.com", "example.com", true},
    {"https://example.com", "example.com", true},
    {"http://example.com", "example.com:80", true},
    {"https://example.com", "example.com:443", true},
    {"http://example.com:80", "example.com", true},
    {"https://example.com:443", "example.com", true},
    {"http://EXAMPLE.com", "example.COM", true},
    {"http://[::1]:8080", "[::1]:8080", true},
    {"http://[2001:db8::A]", "[2001:DB8::a]", true},
    {"http://127.0.0.1:1", "127.0.0.1:1", true},
    {"http://example.com", "example.com:", true},
    {"http://example.com:8080", "example.com", false},
    {"http://example.com", "example.com:8080", false},
    {"http://example.com", "example.com:443", false},
    {"https://example.com", "example.com:80", false},
    {"http://example.com:443", "example.com", false},
    {"http://example.com.evil.example", "example.com", false},
    {"http://evil.example", "example.com", false},
    {"http://sub.example.com", "example.com", false},
    {"http://example.co", "example.com", false},
    {"http://[::1]:8080", "[::2]:8080", false},
    {"http://[::1]:8080", "localhost:8080", false},
    {"http://localhost:8080", "127.0.0.1:8080", false},
    {"http://evil.example:8080@example.com", "example.com", false},
    {"http://example.com/", "example.com", false},
    {"http://example.com?x", "example.com", false},
    {"null", "null", false},
    {"null", "example.com", false},
    {"", "example.com", false},
    {"", "", false},
    {"http://", "", false},
    {"http://example.com", "", false},
    {"example.com", "example.com", false},
    {"//example.com", "example.com", false},
    {"app://example.com", "example.com", false}, // no port is known of either
    {"http://example.com http://evil.example", "example.com", false},
    {"http://[::1", "[::1", false},
};

fields head_of(std::vector<std::string> const& given, std::string const& host)
{
    fields head;
    head.insert(field::host, host);
    for (auto const& origin : given) {
        head.insert(field::origin, origin);
    }
    return head;
}

} // namespace

TEST_SUITE("server/origin")
{
    TEST_CASE("own origin · the host and port of Host, whatever the scheme")
    {
        for (auto const& row : origins) {
            CAPTURE(row.origin);
            CAPTURE(row.host);
            CHECK(is_own_origin(row.origin, row.host) == row.own);
        }
    }

    TEST_CASE("foreign · neither own nor listed, and * lists nobody")
    {
        cors_policy const nobody{{}};
        cors_policy const listed{{"https://app.example"}};
        cors_policy const anyone{{"*"}};
        CHECK_FALSE(is_foreign(head_of({}, "here"), nobody));
        CHECK_FALSE(is_foreign(head_of({"http://here"}, "here"), nobody));
        CHECK(is_foreign(head_of({"https://app.example"}, "here"), nobody));
        CHECK_FALSE(is_foreign(head_of({"https://app.example"}, "here"), listed));
        CHECK(is_foreign(head_of({"https://other.example"}, "here"), listed));
        CHECK(is_foreign(head_of({"https://app.example"}, "here"), anyone));
        CHECK(is_foreign(head_of({"*"}, "here"), anyone));
        CHECK(is_foreign(head_of({"null"}, "here"), anyone));
        CHECK(is_foreign(head_of({""}, "here"), nobody));
        CHECK(is_foreign(head_of({"http://here", "http://here"}, "here"), nobody));
    }

    TEST_CASE("foreign · without an Origin, what the browser says of the site counts")
    {
        cors_policy const nobody{{}};
        auto const says = [](std::string const& site) {
            auto head = head_of({}, "here");
            head.insert("Sec-Fetch-Site", site);
            return head;
        };
        CHECK(is_foreign(says("cross-site"), nobody));
        CHECK(is_foreign(says("Cross-Site"), nobody));
        for (auto const* const site : {"same-origin", "same-site", "none", ""}) {
            CHECK_FALSE(is_foreign(says(site), nobody));
        }
        auto listed = says("cross-site");
        listed.insert(field::origin, "https://app.example");
        CHECK_FALSE(is_foreign(listed, cors_policy{{"https://app.example"}}));
    }

    TEST_CASE("listed · a star as the first label is one label, by the same scheme and port")
    {
        cors_policy const cors{{"https://*.example.com", "http://*.local:8080"}};
        for (auto const* const origin : {"https://a.example.com", "https://a-b_1.example.com", "http://x.local:8080"}) {
            CAPTURE(origin);
            CHECK(cors.is_listed(origin));
            CHECK(cors.fields(origin).text().find(origin) != std::string::npos);
        }
        for (auto const* const origin :
             {"https://example.com", "https://.example.com", "https://a.b.example.com", "http://a.example.com",
              "https://a.example.com:8443", "https://a.example.com.evil.example", "https://evil.example/.example.com",
              "https://evil@.example.com", "https://*.example.com", "https://aexample.com", "http://x.local",
              "https://A.example.com", "null", "*"}) {
            CAPTURE(origin);
            CHECK_FALSE(cors.is_listed(origin));
        }
    }
}

TEST_SUITE("server/security_fields")
{
    TEST_CASE("page fields · a page runs its own script and style alone, and in no other page")
    {
        auto const fields = page_fields("'sha256-c2NyaXB0'", "'sha256-c3R5bGU='");
        CHECK(fields.text() == "Content-Security-Policy: default-src 'none'; script-src 'sha256-c2NyaXB0'; "
                               "style-src 'sha256-c3R5bGU='; img-src data:; connect-src 'self'; base-uri 'none'; "
                               "form-action 'none'; frame-ancestors 'none'\r\n"
                               "X-Frame-Options: DENY\r\n");
    }
}
