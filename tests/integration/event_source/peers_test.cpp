// Against servers that others make, as tools/comparison sets them up. Between them and the client stands a relay that
// cuts connections.

#include "client.hpp"
#include <support/child_process.hpp>
#include <support/http_connection.hpp>
#include <support/scripted_server.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stdlib.h> // NOLINT(modernize-deprecated-headers): mkdtemp

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

fs::path const peers{SLUICE_PEERS};

/// Hands on requests to a port, and what comes back, until it is told to cut.
class relay {
public:
    explicit relay(std::uint16_t to)
        : server_{
              [this, to](stream_socket& peer, std::string const& request, std::size_t) { hand_on(peer, request, to); }}
    {
    }
    ~relay() { cutting_ = true; }
    relay(relay const&) = delete;
    relay& operator=(relay const&) = delete;

    [[nodiscard]] std::string url() const { return server_.url(); }
    [[nodiscard]] scripted_server const& server() const { return server_; }
    /// Cuts the connection that stands; the next ones are refused until `mend`.
    void cut() { cutting_ = true; }
    void mend() { cutting_ = false; }

private:
    void hand_on(stream_socket& peer, std::string const& request, std::uint16_t to)
    {
        if (cutting_) {
            return;
        }
        stream_socket upstream{endpoint{to}};
        upstream.send(request);
        bool up = true;
        while (up && !cutting_) {
            std::string bytes;
            auto const result = upstream.receive(bytes, deadline::unscaled(5ms));
            up = (result == receive_result::data || result == receive_result::timed_out) && peer.try_send(bytes);
        }
    }

    std::atomic<bool> cutting_ = false;
    scripted_server server_; ///< last: its thread uses what is above
};

std::uint16_t free_port()
{
    scripted_server const s{[](stream_socket&, std::string const&, std::size_t) {}};
    return s.port();
}

void post(std::uint16_t port, std::string const& body, std::string const& type)
{
    http_connection to{port};
    auto const response =
        to.request({.method = "POST", .target = "/broadcast", .headers = {{"Content-Type", type}}, .body = body});
    REQUIRE(response.status / 100 == 2);
}

/// nginx with nchan; it goes with this.
class nchan {
public:
    nchan()
    {
        auto path = (fs::temp_directory_path() / "sluice-nchan-XXXXXX").string();
        REQUIRE(::mkdtemp(path.data()) != nullptr);
        work_ = path;
        fs::permissions(work_, fs::perms::all); // its workers are of another user
        std::ifstream in{peers / "nginx.conf.template"};
        std::string text{std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
        for (auto const& [name, value] : std::vector<std::pair<std::string, std::string>>{
                 {"$port", std::to_string(port_)}, {"$work", path}, {"$module", SLUICE_NCHAN}}) {
            for (auto at = text.find(name); at != std::string::npos; at = text.find(name)) {
                text.replace(at, name.size(), value);
            }
        }
        std::ofstream{work_ / "nginx.conf"} << text;
        process_ = std::make_unique<child_process>(child_options{
            .command = {SLUICE_NGINX, "-p", path, "-e", path + "/nchan.log", "-c", path + "/nginx.conf"}});
        eventually("nginx to answer", [this] {
            try {
                return http_connection{port_}.get("/").status == 204;
            } catch (test_failure const&) {
                return false;
            }
        });
    }
    ~nchan()
    {
        process_->signal(SIGTERM);
        (void)process_->wait({});
        fs::remove_all(work_);
    }
    nchan(nchan const&) = delete;
    nchan& operator=(nchan const&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    void publish(std::string const& data) const { post(port_, data, "text/plain"); }

private:
    std::uint16_t port_ = free_port();
    fs::path work_;
    std::unique_ptr<child_process> process_;
};

/// The small server on better-sse; it goes with this.
class better_sse {
public:
    better_sse()
    {
        static constexpr std::string_view ready = "listening on http://127.0.0.1:";
        REQUIRE(process_.wait_output([](auto out, auto) { return out.find('\n') != std::string_view::npos; }, 30s));
        auto const out = process_.out();
        port_ = static_cast<std::uint16_t>(std::stoi(out.substr(out.find(ready) + ready.size())));
    }
    ~better_sse()
    {
        process_.signal(SIGTERM);
        (void)process_.wait({});
    }
    better_sse(better_sse const&) = delete;
    better_sse& operator=(better_sse const&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    void publish(std::string const& data) const
    {
        post(port_, R"({"type":"price","data":")" + data + "\"}", "application/json");
    }

private:
    child_process process_{child_options{.command = {SLUICE_NODE, (peers / "better-sse" / "server.mjs").string()}}};
    std::uint16_t port_ = 0;
};

} // namespace

TEST_SUITE("event_source/peers")
{
    TEST_CASE("nginx with nchan · received, dropped, resumed with just what was missed")
    {
        nchan const server;
        relay between{server.port()};
        client c{between.url(), quick()};
        received_event none;
        CHECK_FALSE(c.source().try_receive(none));
        c.run_until("the stream", [&c] { return c.source().state() == event_source_state::open; });
        server.publish("a");
        CHECK(c.next().data == "a");
        server.publish("b\nc");
        CHECK(c.next().data == "b\nc");
        for (int round = 0; round != 3; ++round) {
            CAPTURE(round);
            between.cut();
            auto const told = c.log().size();
            CHECK_FALSE(c.source().try_receive(none));
            c.run_until("the drop", [&] { return c.log().size() > told; });
            for (int i = 0; i != 5; ++i) {
                server.publish(fmt::format("{}.{}", round, i));
            }
            between.mend();
            for (int i = 0; i != 5; ++i) {
                auto const e = c.next();
                CHECK(e.data == fmt::format("{}.{}", round, i));
                CHECK_FALSE(e.last_event_id.empty());
            }
        }
        server.publish("last");
        CHECK(c.next().data == "last");
    }

    TEST_CASE("better-sse · received, dropped, and back; it keeps nothing for those who are away")
    {
        better_sse const server;
        relay between{server.port()};
        client c{between.url(), quick()};
        received_event none;
        CHECK_FALSE(c.source().try_receive(none));
        c.run_until("the stream", [&c] { return c.source().state() == event_source_state::open; });
        server.publish("a");
        auto const a = c.next();
        CHECK(a.type == "price");
        CHECK(a.data == "a");
        CHECK_FALSE(a.last_event_id.empty());
        between.cut();
        auto const told = c.log().size();
        CHECK_FALSE(c.source().try_receive(none));
        c.run_until("the drop", [&] { return c.log().size() > told; });
        between.mend();
        c.run_until("the stream again", [&c] { return c.log().back().starts_with("open"); });
        CHECK(field_of(between.server().requests().back(), "Last-Event-ID") == a.last_event_id);
        server.publish("b");
        CHECK(c.next().data == "b");
    }
}

} // namespace sluice::test
