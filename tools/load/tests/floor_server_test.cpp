#include "../floor/floor_server.hpp"

#include "../common/endpoint.hpp"
#include "../common/reactor.hpp"
#include "../floor/connection.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

using namespace sluice::load;

namespace {

constexpr auto deadline = std::chrono::seconds(10);

std::string post(std::string_view data)
{
    return "POST /broadcast HTTP/1.1\r\nContent-Length: " + std::to_string(data.size()) + "\r\n\r\n" +
           std::string(data);
}

/// A floor in this thread, and its clients.
class small_floor {
public:
    explicit small_floor(floor_server::sending how)
        : server_(loop_, resolve("127.0.0.1:0"), how, make_syscall_sender()),
          address_(resolve("127.0.0.1:" + std::to_string(server_.port())))
    {
    }

    /// A connection that has sent `request`.
    unique_fd connect(std::string_view request)
    {
        auto socket = start_connect(address_);
        pollfd wanted{socket.get(), POLLOUT, 0};
        REQUIRE(::poll(&wanted, 1, std::chrono::milliseconds(deadline).count()) == 1);
        REQUIRE(::send(socket.get(), request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()));
        return socket;
    }

    /// Takes turns until the socket's bytes end with `end`; returns them all.
    std::string read_until(const unique_fd& socket, std::string_view end)
    {
        std::string bytes;
        const auto until = std::chrono::steady_clock::now() + deadline;
        while (!bytes.ends_with(end)) {
            REQUIRE_MESSAGE(std::chrono::steady_clock::now() < until, bytes);
            loop_.poll(std::chrono::milliseconds(1));
            server_.end_turn();
            std::array<char, 4096> piece{};
            const auto count = ::recv(socket.get(), piece.data(), piece.size(), MSG_DONTWAIT);
            bytes.append(piece.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
        }
        return bytes;
    }

private:
    reactor loop_;
    floor_server server_;
    endpoint address_;
};

/// What subscribers get when three events are published in one packet.
std::string publish_three(floor_server::sending how)
{
    small_floor floor(how);
    const auto stream = floor.connect("GET /events HTTP/1.1\r\n\r\n");
    floor.read_until(stream, "connected\ndata: {}\n\n\r\n");
    const auto publisher = floor.connect(post("one") + post("two") + post("three"));
    auto events = floor.read_until(stream, "data: three\n\n\r\n");
    const auto answers = floor.read_until(publisher, "-3\",\"clients\":1}");
    CHECK(answers.find("-1\",\"clients\":1}") < answers.find("-2\",\"clients\":1}"));
    return events;
}

std::size_t count_chunks(std::string_view stream)
{
    std::size_t count = 0;
    for (auto end = stream.find("\n\n\r\n"); end != std::string_view::npos; end = stream.find("\n\n\r\n", end + 1)) {
        ++count;
    }
    return count;
}

/// Answers each request with its body.
class echo final : public request_handler {
public:
    void on_request(connection& /*from*/, const request& what, std::string& answers) override { answers += what.body; }
    void on_closed(connection& /*who*/) override { is_closed = true; }

    bool is_closed = false;
};

/// What comes back on a connection of its own for `requests` in one packet, up to 16 bytes and what one receive gives.
std::string answer_once(request_handler& owner, std::string_view requests)
{
    std::array<int, 2> pair{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) == 0); // which keeps sends apart
    connection served(unique_fd{pair[0]}, owner);
    const unique_fd end{pair[1]};
    REQUIRE(::send(end.get(), requests.data(), requests.size(), 0) == static_cast<ssize_t>(requests.size()));
    served.on_ready(EPOLLIN);
    std::string answer(16, '\0');
    const auto count = ::recv(end.get(), answer.data(), answer.size(), MSG_DONTWAIT);
    REQUIRE(count >= 0);
    answer.resize(static_cast<std::size_t>(count));
    return answer;
}

} // namespace

TEST_SUITE_BEGIN("load/floor_server");

TEST_CASE("each event is a chunk of its own")
{
    const auto events = publish_three(floor_server::sending::each_event);
    CHECK(count_chunks(events) == 3);
    CHECK(events.find("data: one\n\n\r\n") < events.find("data: two\n\n\r\n"));
}

TEST_CASE("coalesced, events that arrive together are one chunk")
{
    const auto events = publish_three(floor_server::sending::coalesced);
    CHECK(count_chunks(events) == 1);
    CHECK(events.find("data: one\n\nid: ") < events.find("data: two\n\nid: "));
}

TEST_CASE("a batch is answered once, with its last id")
{
    small_floor floor(floor_server::sending::each_event);
    const auto publisher = floor.connect("POST /broadcast HTTP/1.1\r\nContent-Type: application/x-ndjson\r\n"
                                         "Content-Length: 8\r\n\r\none\ntwo\n");
    const auto answer = floor.read_until(publisher, "-2\",\"clients\":0}");
    CHECK(answer.find("-1\"") == std::string::npos);
}

TEST_CASE("an event goes to the streams that were asked for with its query")
{
    small_floor floor(floor_server::sending::each_event);
    const auto first = floor.connect("GET /events?1 HTTP/1.1\r\n\r\n");
    const auto second = floor.connect("GET /events?2 HTTP/1.1\r\n\r\n");
    floor.read_until(first, "connected\ndata: {}\n\n\r\n");
    floor.read_until(second, "connected\ndata: {}\n\n\r\n");
    const auto to = [](std::string_view query, std::string_view data) {
        return "POST /broadcast?" + std::string(query) + " HTTP/1.1\r\nContent-Length: 3\r\n\r\n" + std::string(data);
    };
    const auto publisher = floor.connect(to("1", "one") + to("2", "two") + to("1", "end"));
    CHECK(count_chunks(floor.read_until(first, "data: end\n\n\r\n")) == 2);
    CHECK(count_chunks(floor.read_until(second, "data: two\n\n\r\n")) == 1);
}

TEST_CASE("another route is not found")
{
    small_floor floor(floor_server::sending::each_event);
    const auto client = floor.connect("GET / HTTP/1.1\r\n\r\n");
    CHECK(floor.read_until(client, "{}").starts_with("HTTP/1.1 404 Not Found\r\n"));
}

TEST_CASE("answers to requests that came together leave in one send")
{
    echo owner;
    CHECK(answer_once(owner, post("a") + post("b") + post("c")) == "abc");
    CHECK_FALSE(owner.is_closed);
}

TEST_CASE("good requests are answered before a bad one ends the connection")
{
    echo owner;
    CHECK(answer_once(owner, post("a") + "nonsense\r\n\r\n") == "a");
    CHECK(owner.is_closed);
}

TEST_SUITE_END();
