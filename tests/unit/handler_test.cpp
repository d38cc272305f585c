#include <sluice/handler.hpp>

#include <boost/asio/co_spawn.hpp>

#include <doctest/doctest.h>
#include <polled_hub.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace sluice {
namespace {

namespace asio = boost::asio;
using test::polled_hub;

/// A socket whose peer is there until the test says that it is gone: then writing fails, as on a socket that was reset,
/// before reading has told of it.
class fragile_stream {
public:
    using executor_type = asio::any_io_executor;

    explicit fragile_stream(executor_type executor) : executor_{std::move(executor)} {}

    [[nodiscard]] executor_type get_executor() const { return executor_; }
    void non_blocking(bool /*on*/, error_code& ec) { ec = {}; }

    template <class Buffers>
    std::size_t write_some(Buffers const& bytes, error_code& ec)
    {
        if (++writes_ > 100) {
            throw std::runtime_error("written again and again");
        }
        ec = failure_;
        return failure_ ? 0 : bytes.size();
    }
    template <class Buffers>
    std::size_t read_some(Buffers const& /*bytes*/, error_code& ec)
    {
        ec = asio::error::would_block;
        return 0;
    }
    template <class Token>
    auto async_wait(asio::socket_base::wait_type /*what*/, Token&& token)
    {
        return asio::async_initiate<Token, void(error_code)>(
            [this](auto handler) {
                auto const shared = std::make_shared<decltype(handler)>(std::move(handler));
                wait_ = [shared](error_code ec) { std::move (*shared)(ec); };
            },
            token);
    }
    void close(error_code& ec)
    {
        ec = {};
        closed_ = true;
        if (auto const wait = std::exchange(wait_, nullptr)) {
            asio::post(executor_, [wait] { wait(asio::error::operation_aborted); });
        }
    }

    void lose_peer(error_code how = asio::error::broken_pipe) noexcept { failure_ = how; }
    /// The read that waits tells that the peer is gone.
    void tell(error_code how) { std::exchange(wait_, nullptr)(how); }
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    [[nodiscard]] int writes() const noexcept { return writes_; }

private:
    executor_type executor_;
    std::function<void(error_code)> wait_;
    int writes_ = 0;
    error_code failure_;
    bool closed_ = false;
};
static_assert(ready_stream<fragile_stream>);

/// A stream that is served until it ends.
struct served {
    explicit served(polled_hub& hub) : stream{hub.executor()}, streams{hub.broker()}
    {
        auto c = hub.connect();
        id = c->session().id();
        auto claimed = std::make_unique<claimed_session>(
            claimed_session{.connected = std::move(c), .head = "HEAD\r\n\r\n", .framing = body_framing::chunked});
        auto serving = streams.stream(stream, std::move(claimed));
        asio::co_spawn(hub.executor(), std::move(serving), [this](std::exception_ptr const& e) {
            ended = true;
            failed = e != nullptr;
        });
        hub.settle();
    }

    fragile_stream stream;
    handler streams;
    session_id id;
    bool ended = false;
    bool failed = false;
};

TEST_SUITE_BEGIN("handler");

TEST_CASE("a write that fails ends the stream")
{
    polled_hub hub;
    served s{hub};
    CHECK(s.stream.writes() == 1);
    s.stream.lose_peer();
    hub.publish("x");
    CHECK(s.ended);
    CHECK_FALSE(s.failed);
    CHECK(s.stream.closed());
    CHECK(hub.broker().client_count() == 0);
}

TEST_CASE("a stream that ends with its connection is counted as ended by the client, or by an error")
{
    polled_hub hub;
    served s{hub};
    auto expected = counted::ended_by_client;
    SUBCASE("a write to a closed socket")
    {
        s.stream.lose_peer();
        hub.publish("x");
    }
    SUBCASE("a write that timed out")
    {
        expected = counted::ended_by_error;
        s.stream.lose_peer(asio::error::timed_out);
        hub.publish("x");
    }
    SUBCASE("a close") { s.stream.tell(asio::error::eof); }
    SUBCASE("a reset") { s.stream.tell(asio::error::connection_reset); }
    SUBCASE("a network that is unreachable")
    {
        expected = counted::ended_by_error;
        s.stream.tell(asio::error::network_unreachable);
    }
    hub.settle();
    CHECK(s.ended);
    CHECK_FALSE(s.failed);
    auto const [m] = hub.run<broker_metrics>([&](auto h) { hub.broker().async_metrics(std::move(h)); });
    CHECK(m[expected] == 1);
    CHECK(m[counted::ended_by_client] + m[counted::ended_by_error] == 1);
}

TEST_CASE("last words that fail end the stream too, when the client has ended before the peer was missed")
{
    polled_hub hub;
    served s{hub};
    s.stream.lose_peer();
    SUBCASE("disconnect") { CHECK(hub.disconnect(s.id).second); }
    SUBCASE("stop") { hub.stop(); }
    hub.settle();
    CHECK(s.ended);
    CHECK_FALSE(s.failed);
    CHECK(s.stream.closed());
    CHECK(s.stream.writes() == 2);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
