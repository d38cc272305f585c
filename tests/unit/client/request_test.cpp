#include <sluice/client/request.hpp>

#include <sluice/client/event_source.hpp>
#include <sluice/client/target.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace sluice {
namespace {

using boost::urls::url_view;

std::string request_to(char const* url, event_source_options const& options = {}, peer_memory const& memory = {},
                       std::string_view last_event_id = {})
{
    return make_request({.url = url_view{url},
                         .own_origin = "http://a.example",
                         .last_event_id = last_event_id,
                         .headers = options.headers,
                         .memory = memory,
                         .body = options.body ? &*options.body : nullptr});
}

bool has(std::string const& request, std::string_view line)
{
    return request.find("\r\n" + std::string{line} + "\r\n") != std::string::npos;
}

} // namespace

TEST_SUITE("client/request")
{
    TEST_CASE("request · as the standard says, and gzip is welcome")
    {
        CHECK(request_to("http://a.example/x?y=z#f") == "GET /x?y=z HTTP/1.1\r\nHost: a.example\r\n"
                                                        "Accept: text/event-stream\r\nAccept-Encoding: gzip\r\n"
                                                        "Cache-Control: no-store\r\nUser-Agent: sluice-event-source"
                                                        "\r\n\r\n");
        CHECK(request_to("http://a.example").starts_with("GET / HTTP/1.1\r\n"));
        CHECK(request_to("http://a.example?q").starts_with("GET /?q HTTP/1.1\r\n"));
        CHECK(has(request_to("http://[::1]:8080/"), "Host: [::1]:8080"));
        CHECK(has(request_to("http://a.example/", {}, {}, "1-7"), "Last-Event-ID: 1-7"));
    }

    TEST_CASE("request · the caller's fields take the place of ours")
    {
        event_source_options options;
        options.headers = {{"user-agent", "me"}, {"X-Twice", "1"}, {"X-Twice", "2"}, {"Host", "b.example"}};
        auto const r = request_to("http://a.example/", options);
        CHECK(has(r, "user-agent: me"));
        CHECK(r.find("sluice-event-source") == std::string::npos);
        CHECK(has(r, "X-Twice: 1"));
        CHECK(has(r, "X-Twice: 2"));
        CHECK(has(r, "Host: b.example"));
        CHECK(r.find("Host: a.example") == std::string::npos);
    }

    TEST_CASE("request · a body makes it a POST; what describes a body does not go without one")
    {
        event_source_options options;
        options.headers = {{"content-type", "application/json"}, {"X-Y", "y"}};
        auto const get = request_to("http://a.example/x", options);
        CHECK(get.starts_with("GET /x HTTP/1.1\r\n"));
        CHECK(get.find("json") == std::string::npos);
        CHECK(has(get, "X-Y: y"));
        options.body = R"({"prompt":"hi"})";
        auto const post = request_to("http://a.example/x", options);
        CHECK(post.starts_with("POST /x HTTP/1.1\r\n"));
        CHECK(has(post, "content-type: application/json"));
        CHECK(has(post, "Content-Length: 15"));
        CHECK(post.ends_with("\r\n\r\n{\"prompt\":\"hi\"}"));
        options.body = "";
        CHECK(has(request_to("http://a.example/x", options), "Content-Length: 0"));
    }

    TEST_CASE("headers of an attempt take the place of those of the options, whatever their case")
    {
        using fields = event_source_headers;
        CHECK(merge_headers({{"A", "1"}, {"B", "2"}, {"a", "3"}}, {{"a", "x"}, {"A", "y"}, {"C", "z"}}) ==
              fields{{"a", "x"}, {"A", "y"}, {"C", "z"}, {"B", "2"}});
        CHECK(merge_headers({{"A", "1"}, {"A", "2"}}, {}) == fields{{"A", "1"}, {"A", "2"}});
        CHECK(merge_headers({}, {{"A", "1"}}) == fields{{"A", "1"}});
    }

    TEST_CASE("request · who the client is, is told to its own origin only")
    {
        event_source_options options;
        options.headers = {{"authorization", "Bearer t"},  {"Cookie", "mine=1"},
                           {"X-SSE-Session-ID", "minted"}, {"Proxy-Authorization", "Basic p"},
                           {"Host", "alias.example"},      {"X-Y", "y"}};
        auto const own = request_to("http://a.example/", options);
        CHECK(has(own, "authorization: Bearer t"));
        CHECK(has(own, "Cookie: mine=1"));
        CHECK(has(own, "X-SSE-Session-ID: minted"));
        for (auto const* const url : {"http://b.example/", "https://a.example/", "http://a.example:81/"}) {
            CAPTURE(std::string{url});
            auto const other = request_to(url, options);
            CHECK(other.find("Bearer") == std::string::npos);
            CHECK(other.find("mine") == std::string::npos);
            CHECK(other.find("minted") == std::string::npos);
            CHECK(other.find("Basic") == std::string::npos);
            CHECK(other.find("alias") == std::string::npos);
            CHECK(other.find("\r\nHost: ") != std::string::npos);
            CHECK(has(other, "X-Y: y"));
        }
    }

    TEST_CASE("request · what the server gave goes before what the caller named")
    {
        event_source_options options;
        options.headers = {{"Cookie", "mine=1"}, {"X-SSE-Session-ID", "minted"}};
        response_head head;
        head.session_id = "given";
        head.cookies = {"theirs=2"};
        peer_memory memory;
        memory.note("http://a.example", head);
        auto const r = request_to("http://a.example/", options, memory);
        CHECK(has(r, "Cookie: mine=1; theirs=2"));
        CHECK(has(r, "X-SSE-Session-ID: given"));
        CHECK(r.find("minted") == std::string::npos);
    }

    TEST_CASE("cookies · the server changes them and takes them back; the oldest go when there are too many")
    {
        struct row {
            char const* set_cookie;
            char const* then;
        };
        for (auto const& r : std::initializer_list<row>{
                 {"a=3", "a=3; b=2"},
                 {"\t c = 3 ; Path=/x", "a=1; b=2; c=3"},
                 {"c=", "a=1; b=2; c="},
                 {"a=; Max-Age=0", "b=2"},
                 {"a=x; Secure; max-age = -1", "b=2"},
                 {"c=x; Max-Age=0", "a=1; b=2"},
                 {"a=3; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=3; b=2"},
                 {"a=3; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=", "b=2"},
                 {"a=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "b=2"},
                 {"a=3; Expires=Fri, 31 Dec 9999 23:59:59 GMT", "a=3; b=2"},
                 {"=x", "a=1; b=2"},
                 {"x", "a=1; b=2"},
             }) {
            CAPTURE(std::string{r.set_cookie});
            response_head head;
            peer_memory memory;
            head.cookies = {"a=1", "b=2", r.set_cookie};
            memory.note("http://a.example", head);
            CHECK(memory.cookies("http://a.example") == r.then);
            CHECK(memory.cookies("http://b.example").empty());
        }
        response_head head;
        peer_memory memory;
        for (int i = 0; i != 60; ++i) {
            head.cookies = {std::to_string(i) + "=x"};
            memory.note("http://a.example", head);
        }
        auto const all = memory.cookies("http://a.example");
        CHECK(all.starts_with("10=x; "));
        CHECK(all.ends_with("; 59=x"));
    }

    TEST_CASE("origin · without the scheme's own port, in lower case")
    {
        CHECK(origin_of(url_view{"http://A.Example:80/x"}) == "http://a.example");
        CHECK(origin_of(url_view{"https://a.example:443"}) == "https://a.example");
        CHECK(origin_of(url_view{"https://a.example:80/"}) == "https://a.example:80");
        CHECK(origin_of(url_view{"http://127.0.0.1:8080/"}) == "http://127.0.0.1:8080");
        CHECK(origin_of(url_view{"http://a.example:/"}) == "http://a.example");
    }

    TEST_CASE("redirection · resolved against where it came from, without a fragment")
    {
        struct row {
            char const* location;
            char const* to;
        };
        for (auto const& r : std::initializer_list<row>{{"/y", "http://a.example/y"},
                                                        {"y?q", "http://a.example/d/y?q"},
                                                        {"../y", "http://a.example/y"},
                                                        {"//b.example/y", "http://b.example/y"},
                                                        {"http://b.example:81/y#f", "http://b.example:81/y"},
                                                        {"?q", "http://a.example/d/x?q"}}) {
            CAPTURE(std::string{r.location});
            auto const to = redirection(url_view{"http://a.example/d/x"}, r.location, false);
            REQUIRE(to.has_value());
            CHECK(std::string{to->buffer()} == r.to);
        }
        CHECK(std::string{redirection(url_view{"http://a.example"}, "y", false)->buffer()} == "http://a.example/y");
        for (auto const* const location :
             {"", "ftp://b.example/", "https://b.example/", "http://", "http://u:p@b.example/",
              "http://b.example:99999/", "a b", "mailto:x@y.example"}) {
            CAPTURE(std::string{location});
            auto const to = redirection(url_view{"http://a.example/d/x"}, location, false);
            REQUIRE(to.has_error());
            CHECK(to.error() == event_source_errc::bad_redirect);
        }
        CHECK(redirection(url_view{"http://a.example/"}, "https://b.example/", true).has_value());
    }

    TEST_CASE("an event source is not made for what it cannot ask for")
    {
        boost::asio::io_context context;
        auto const error_of = [&](char const* url, event_source_options const& options = {}) -> error_code {
            try {
                event_source const s{context.get_executor(), url, options};
                return {};
            } catch (boost::system::system_error const& e) {
                return e.code();
            }
        };
        CHECK_FALSE(error_of("http://a.example/"));
        for (auto const* const url :
             {"https://a.example/", "ftp://a.example/", "/events", "http:///x", "http://u@a.example/"}) {
            CAPTURE(std::string{url});
            CHECK(error_of(url) == event_source_errc::unsupported_url);
        }
        using headers = decltype(event_source_options::headers);
        for (auto const& h : {headers{{"A", "b\r\nC: d"}}, headers{{"A: b\r\nC", "d"}}, headers{{"", "d"}},
                              headers{{"Content-Length", "3"}}, headers{{"transfer-encoding", "chunked"}},
                              headers{{"Last-Event-ID", "1"}}, headers{{"A B", "c"}}}) {
            event_source_options options;
            options.headers = h;
            CHECK(error_of("http://a.example/", options) == event_source_errc::invalid_header);
        }
        event_source_options options;
        options.last_event_id = "1\r\nX: y";
        CHECK(error_of("http://a.example/", options) == event_source_errc::invalid_header);
        options = {};
        options.unix_socket = std::string(200, 'x');
        CHECK(error_of("http://a.example/", options) == boost::asio::error::name_too_long);
    }
}

} // namespace sluice
