#include <sluice/client/peer_memory.hpp>
#include <sluice/client/response_reader.hpp>
#include <sluice/client/verdict.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {
namespace {

struct read_response {
    response_head head;
    std::string body;
    bool complete = false;
    error_code error;
};

/// Reads the bytes as they come in pieces of that size; what the reader leaves it is given again.
read_response read(std::string_view bytes, std::size_t piece, bool then_end = false)
{
    response_reader reader;
    read_response r;
    std::string unread;
    while (!bytes.empty() && !reader.error() && !reader.complete()) {
        unread += bytes.substr(0, piece);
        bytes.remove_prefix(std::min(piece, bytes.size()));
        std::string_view input = unread;
        if (reader.read_head(input)) {
            for (auto body = reader.next_body(input); !body.empty(); body = reader.next_body(input)) {
                r.body += body;
            }
        }
        unread.erase(0, unread.size() - input.size());
    }
    if (then_end) {
        reader.end_of_input();
    }
    r.head = reader.head();
    r.complete = reader.complete();
    r.error = reader.error();
    return r;
}

response_head answer(int status, char const* type = "text/event-stream")
{
    response_head h;
    h.status = status;
    h.content_type = type;
    return h;
}

} // namespace

TEST_SUITE("client/response")
{
    TEST_CASE("reader · the body in whatever framing, in pieces of any size")
    {
        struct row {
            char const* name;
            std::string_view bytes;
            bool then_end;
        };
        for (auto const& r : std::initializer_list<row>{
                 {"chunked",
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=\"y\"\r\ndefg\r\n0\r\nTrailer: "
                  "x\r\n\r\n",
                  false},
                 {"of a length", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nabcdefg", false},
                 {"until the close", "HTTP/1.1 200 OK\r\n\r\nabcdefg", true},
                 {"HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nabcdefg", true},
                 {"after interim responses",
                  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 200 "
                  "OK\r\nContent-Length: 7\r\n\r\nabcdefg",
                  false},
             }) {
            CAPTURE(r.name);
            for (std::size_t piece = 1; piece <= r.bytes.size(); ++piece) {
                CAPTURE(piece);
                auto const got = read(r.bytes, piece, r.then_end);
                CHECK(got.head.status == 200);
                CHECK(got.body == "abcdefg");
                CHECK(got.complete);
                CHECK_FALSE(got.error);
            }
        }
    }

    TEST_CASE("reader · a body without its end is not complete, and broken framing is an error")
    {
        auto const cut = read("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nabc", 100, true);
        CHECK_FALSE(cut.complete);
        CHECK(cut.error);
        auto const broken = read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n", 100);
        CHECK_FALSE(broken.complete);
        CHECK(broken.error);
        CHECK(read("SSH-2.0-OpenSSH_9.2\r\n\r\n", 100).error);
    }

    TEST_CASE("reader · the fields that matter")
    {
        auto const h = read("HTTP/1.1 503 Not Now\r\nRetry-After: 7\r\nLocation: /x\r\nx-sse-session-id: abc\r\n"
                            "Content-Type: a/b\r\nContent-Encoding: gzip\r\nContent-Encoding: identity\r\nSet-Cookie: "
                            "a=b\r\nSet-Cookie: c=d; Path=/"
                            "\r\nContent-Length: 0\r\n\r\n",
                            1)
                           .head;
        CHECK(h.status == 503);
        CHECK(h.reason == "Not Now");
        CHECK(h.retry_after == "7");
        CHECK(h.location == "/x");
        CHECK(h.session_id == "abc");
        CHECK(h.content_type == "a/b");
        CHECK(h.content_encoding == "gzip, identity");
        CHECK(h.cookies == std::vector<std::string>{"a=b", "c=d; Path=/"});
    }

    TEST_CASE("verdict · by the status")
    {
        for (int status = 200; status != 600; ++status) {
            CAPTURE(status);
            auto const is = [status](std::initializer_list<int> of) {
                return std::find(of.begin(), of.end(), status) != of.end();
            };
            auto const expected = status == 200                          ? verdict::open
                                  : status == 204                        ? verdict::end
                                  : is({301, 302, 303, 307, 308})        ? verdict::redirect
                                  : is({408, 425, 429}) || status >= 500 ? verdict::retry
                                                                         : verdict::fail;
            CHECK(judge(answer(status), false) == expected);
            CHECK(judge(answer(status), true) == (expected == verdict::retry ? verdict::fail : expected));
        }
    }

    TEST_CASE("verdict · by the type, as the web platform tests' format-mime-*")
    {
        for (auto const* const type : {"text/event-stream", "TEXT/Event-Stream", "text/event-stream;",
                                       "text/event-stream;charset=windows-1252", "text/event-stream ; x"}) {
            CAPTURE(std::string{type});
            CHECK(judge(answer(200, type), false) == verdict::open);
        }
        for (auto const* const type : {"", "text/x-bogus", "text/event-streams", "text/event-stream,text/html",
                                       "x;text/event-stream", " ; ", "text/event -stream"}) {
            CAPTURE(std::string{type});
            CHECK(judge(answer(200, type), false) == verdict::no_stream);
        }
    }

    TEST_CASE("verdict · by the coding")
    {
        struct row {
            char const* field;
            content_coding coding;
        };
        for (auto const& r : std::initializer_list<row>{{"", content_coding::none},
                                                        {"identity", content_coding::none},
                                                        {" Identity , ", content_coding::none},
                                                        {"gzip", content_coding::gzip},
                                                        {"X-GZip", content_coding::gzip},
                                                        {"identity, gzip", content_coding::gzip},
                                                        {"gzip, gzip", content_coding::other},
                                                        {"deflate", content_coding::other},
                                                        {"gzip, br", content_coding::other},
                                                        {"br, gzip", content_coding::other}}) {
            CAPTURE(std::string{r.field});
            CHECK(coding_of(r.field) == r.coding);
            auto coded = answer(200);
            coded.content_encoding = r.field;
            CHECK(judge(coded, false) == (r.coding == content_coding::other ? verdict::no_stream : verdict::open));
        }
    }

    TEST_CASE("memory · the session and cookies, for their origin alone")
    {
        peer_memory m;
        CHECK(m.cookies("").empty());
        response_head h;
        h.session_id = "s1";
        h.cookies = {"a=1; Path=/; HttpOnly", " b = 2 ", "=x", "none", "a=3"};
        m.note("http://a", h);
        CHECK(m.session_id("http://a") == "s1");
        CHECK(m.cookies("http://a") == "a=3; b=2");
        CHECK(m.session_id("http://b").empty());
        CHECK(m.cookies("http://b").empty());
        m.note("http://a", response_head{});
        CHECK(m.session_id("http://a") == "s1");
        m.note("http://b", response_head{});
        CHECK(m.session_id("http://a").empty());
        CHECK(m.session_id("http://b").empty());
        CHECK(m.cookies("http://b").empty());
    }
}

} // namespace sluice
