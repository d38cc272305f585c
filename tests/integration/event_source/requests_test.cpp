// What the client sends: fields that change from attempt to attempt, and bodies.

#include "client.hpp"
#include <support/scripted_server.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {
namespace {

using fields = event_source_headers;

void answer_with_event(stream_socket& peer, std::string const& /*request*/, std::size_t /*visit*/)
{
    peer.try_send(stream_head);
    peer.try_send("data: x\n\n");
}

/// The request with its body, which may come behind the head.
std::string whole(stream_socket& peer, std::string request)
{
    auto const length = field_of(request, "Content-Length");
    auto const size = request.find("\r\n\r\n") + 4 + (length.empty() ? 0 : std::stoul(length));
    deadline const until;
    while (request.size() < size && peer.receive(request, until) == receive_result::data) {
    }
    return request;
}

std::string line_of(std::string const& request) { return request.substr(0, request.find(" HTTP")); }

} // namespace

TEST_SUITE("event_source/requests")
{
    TEST_CASE("fields by a function · each attempt has its own, in place of those that stand")
    {
        scripted_server server{answer_with_event};
        int asked = 0;
        auto options = quick();
        options.headers = {{"Authorization", "Bearer old"}, {"X-Y", "y"}};
        options.headers_for_attempt = [&asked] { return fields{{"authorization", fmt::format("Bearer {}", ++asked)}}; };
        client c{server.url(), options};
        CHECK(asked == 0);
        for (int i = 0; i != 3; ++i) {
            CHECK(c.next().data == "x");
        }
        auto const requests = server.requests();
        for (std::size_t i = 0; i != 3; ++i) {
            CHECK(field_of(requests[i], "authorization") == fmt::format("Bearer {}", i + 1));
            CHECK(requests[i].find("old") == std::string::npos);
            CHECK(field_of(requests[i], "X-Y") == "y");
        }
    }

    TEST_CASE("fields by a function · another origin does not learn who the client is")
    {
        scripted_server other{answer_with_event};
        scripted_server server{[&other](stream_socket& peer, std::string const&, std::size_t) {
            peer.send(fmt::format("HTTP/1.1 307 Moved\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", other.url()));
        }};
        auto options = quick();
        options.headers_for_attempt = [] { return fields{{"Authorization", "Bearer t"}, {"X-Y", "y"}}; };
        client c{server.url(), options};
        CHECK(c.next().data == "x");
        CHECK(field_of(server.requests()[0], "Authorization") == "Bearer t");
        CHECK(other.requests()[0].find("Bearer") == std::string::npos);
        CHECK(field_of(other.requests()[0], "X-Y") == "y");
    }

    TEST_CASE("fields by a function · those that are not well-formed end it, and are not sent")
    {
        scripted_server server{answer_with_event};
        for (auto const& f : {fields{{"A", "b\r\nC: d"}}, fields{{"Last-Event-ID", "1"}}, fields{{"", "x"}}}) {
            auto options = quick();
            options.headers_for_attempt = [&f] { return f; };
            client c{server.url(), options};
            CHECK(c.end() == event_source_errc::invalid_header);
            CHECK(c.source().state() == event_source_state::closed);
        }
        CHECK(server.visits() == 0);
    }

    TEST_CASE("fields by a function · it may end the event source, and may throw")
    {
        scripted_server server{answer_with_event};
        std::unique_ptr<client> c;
        auto options = quick();
        error_code end;
        auto const receive = [&] {
            c = std::make_unique<client>(server.url(), options);
            end = {};
            c->source().async_receive([&end](error_code ec, received_event const&) { end = ec; });
        };
        options.headers_for_attempt = [&c] {
            c->source().close();
            return fields{};
        };
        receive();
        c->run_until("the end", [&end] { return end == event_source_errc::closed; });
        options.headers_for_attempt = [&c] {
            c->destroy();
            return fields{{"A", std::string(1000, 'b')}};
        };
        receive();
        c->run_until("the end", [&end] { return end == boost::asio::error::operation_aborted; });
        options.headers_for_attempt = []() -> fields { throw std::runtime_error{"no token"}; };
        receive();
        CHECK_THROWS_WITH(c->run_until("the exception", [] { return false; }), "no token");
        c->run_until("the end", [&end] { return end == boost::asio::error::operation_aborted; });
        CHECK(server.visits() == 0);
    }

    TEST_CASE("topics, patterns, types, since · are added to the query, at each attempt")
    {
        scripted_server server{answer_with_event};
        auto options = quick();
        options.topics = {"chat/7", "a&b=c d"};
        options.topic_patterns = {"/rooms/:id"};
        options.types = {"said", "left"};
        options.since = "2026-01-31T09:30:00+00:00";
        client c{server.url() + "?x=1#fragment", options};
        CHECK(c.next().data == "x");
        CHECK(c.next().data == "x");
        for (auto const& request : server.requests()) {
            auto const line = line_of(request);
            CHECK(line.substr(line.find('?')) ==
                  ("?x=1&topic=chat%2F7&topic=a%26b%3Dc%20d&topic_pattern=%2Frooms%2F%3Aid&types=said&"
                   "types=left&since=2026-01-31T09%3A30%3A00%2B00%3A00"));
        }
    }

    TEST_CASE("token · is sent to the URL's own origin, unless the fields have one")
    {
        scripted_server other{answer_with_event};
        scripted_server server{[&other](stream_socket& peer, std::string const&, std::size_t) {
            peer.send(fmt::format("HTTP/1.1 307 Moved\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", other.url()));
        }};
        auto options = quick();
        options.token = "t";
        client c{server.url(), options};
        CHECK(c.next().data == "x");
        CHECK(field_of(server.requests()[0], "Authorization") == "Bearer t");
        CHECK(other.requests()[0].find("Bearer") == std::string::npos);
        options.headers = {{"authorization", "Bearer mine"}};
        client second{other.url(), options};
        CHECK(second.next().data == "x");
        CHECK(field_of(other.requests()[1], "authorization") == "Bearer mine");
        CHECK(other.requests()[1].find("Bearer t") == std::string::npos);
    }

    TEST_CASE("fetch_token · is asked at first, after a 401 and after token-expired, and not for each attempt")
    {
        // The visits: two streams with one token, a refusal, a stream with the next, which ends because of it.
        scripted_server server{[](stream_socket& peer, std::string const& request, std::size_t visit) {
            if (visit == 2) {
                peer.try_send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
                return;
            }
            peer.try_send(stream_head);
            peer.try_send(fmt::format("data: {}\n\n", field_of(request, "Authorization")));
            if (visit == 3) {
                peer.try_send("event: token-expired\ndata: {}\n\n");
            }
        }};
        int asked = 0;
        auto options = quick();
        options.control_events = false;
        options.fetch_token = [&asked]() -> boost::asio::awaitable<std::string> {
            co_return fmt::format("{}", ++asked);
        };
        client c{server.url(), options};
        for (auto const* const token : {"Bearer 1", "Bearer 1", "Bearer 2", "Bearer 3"}) {
            CHECK(c.next().data == token);
        }
        CHECK(asked == 3);
    }

    TEST_CASE("fetch_token · a fresh token that is refused ends it; one that cannot be had is asked for again")
    {
        scripted_server server{[](stream_socket& peer, std::string const&, std::size_t) {
            peer.try_send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
        }};
        int asked = 0;
        auto options = quick();
        options.fetch_token = [&asked]() -> boost::asio::awaitable<std::string> {
            if (++asked != 3) {
                throw boost::system::system_error{boost::asio::error::host_unreachable};
            }
            co_return "t";
        };
        client c{server.url(), options};
        CHECK(c.end() == event_source_errc::unexpected_status);
        CHECK(asked == 3);
        CHECK(server.visits() == 1);
        options.fetch_token = []() -> boost::asio::awaitable<std::string> { co_return "a\r\nB: c"; };
        client bad{server.url(), options};
        CHECK(bad.end() == event_source_errc::invalid_header);
        CHECK(server.visits() == 1);
    }

    TEST_CASE("a body · is posted, at each attempt anew")
    {
        std::vector<std::string> got;
        std::string const body(300'000, 'b');
        scripted_server server{[&got](stream_socket& peer, std::string const& request, std::size_t visit) {
            got.push_back(whole(peer, request));
            answer_with_event(peer, {}, visit);
            if (visit == 1) {
                await_close(peer);
            }
        }};
        auto options = quick();
        options.headers = {{"Content-Type", "text/plain"}};
        options.body = body;
        {
            client c{server.url(), options};
            CHECK(c.next().data == "x");
            CHECK(c.next().data == "x");
        }
        REQUIRE(got.size() == 2);
        for (auto const& request : got) {
            CHECK(line_of(request) == "POST /events");
            CHECK(field_of(request, "Content-Type") == "text/plain");
            CHECK(request.substr(request.find("\r\n\r\n") + 4) == body);
        }
    }

    TEST_CASE("a body · 307 and 308 take it along, after other redirections it is a GET of this attempt")
    {
        struct row {
            int status;
            std::vector<std::string> lines;
        };
        for (auto const& r : std::vector<row>{{301, {"POST /a", "GET /b", "POST /a"}},
                                              {302, {"POST /a", "GET /b", "POST /a"}},
                                              {303, {"POST /a", "GET /b", "POST /a"}},
                                              {307, {"POST /a", "POST /b", "POST /a"}},
                                              {308, {"POST /a", "POST /b", "POST /b"}}}) {
            CAPTURE(r.status);
            std::vector<std::string> got;
            {
                scripted_server server{[&](stream_socket& peer, std::string const& head, std::size_t visit) {
                    auto const request = whole(peer, head);
                    auto const line = line_of(request);
                    got.push_back(line);
                    bool const posted = line.starts_with("POST");
                    CHECK(request.ends_with(posted ? "\r\n\r\nbody" : "\r\n\r\n"));
                    CHECK(field_of(request, "Content-Type") == (posted ? "text/plain" : ""));
                    if (line.ends_with("/a")) {
                        peer.send(
                            fmt::format("HTTP/1.1 {} Moved\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n", r.status));
                    } else {
                        answer_with_event(peer, {}, visit);
                    }
                }};
                auto options = quick();
                options.headers = {{"Content-Type", "text/plain"}};
                options.body = "body";
                client c{server.url("/a"), options};
                CHECK(c.next().data == "x");
                CHECK(c.next().data == "x");
            }
            REQUIRE(got.size() >= 3);
            got.resize(3);
            CHECK(got == r.lines);
        }
    }
}

} // namespace sluice::test
