// What the log says: each line that an operator looks for, provoked for real, in both formats.
#include "checks.hpp"
#include <support/event_stream.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <optional>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

/// A line of the log, whatever its format; the fields' values as JSON has them.
struct line {
    std::string level;
    std::string message;
    std::vector<std::pair<std::string, std::string>> fields{};

    [[nodiscard]] std::optional<std::string> find(std::string_view key) const
    {
        const auto found = std::ranges::find(fields, key, &std::pair<std::string, std::string>::first);
        return found == fields.end() ? std::nullopt : std::optional(found->second);
    }
};

line parse_json_line(std::string_view text)
{
    auto members = parse_json(text).as_object();
    line parsed{.level = sluice::test::text(members.at("level")), .message = sluice::test::text(members.at("message"))};
    CHECK(sluice::test::text(members.at("time")).size() == std::string_view("2026-01-01T00:00:00.000Z").size());
    for (const auto& [key, value] : members) {
        if (key != "time" && key != "level" && key != "message") {
            parsed.fields.emplace_back(key, boost::json::serialize(value));
        }
    }
    return parsed;
}

/// A value at the beginning of the text: a JSON string, or what stands up to the next space.
std::string take_value(std::string_view& rest)
{
    std::size_t size = 0;
    if (rest.starts_with('"')) {
        for (size = 1; size < rest.size() && rest[size] != '"'; ++size) {
            if (rest[size] == '\\') {
                ++size;
            }
        }
        ++size;
    } else {
        size = std::min(rest.find(' '), rest.size());
    }
    auto value = std::string(rest.substr(0, size));
    rest.remove_prefix(std::min(size, rest.size()));
    return value;
}

line parse_text_line(std::string_view text)
{
    const auto level = text.find(' ') + 1;
    const auto message = text.find(' ', level) + 1;
    REQUIRE_MESSAGE(message > level, std::string(text));
    const auto equals = text.find('=');
    // The message ends where the last colon before the first field stands.
    const auto colon = equals == std::string_view::npos ? text.size() : text.rfind(": ", equals);
    REQUIRE_MESSAGE(colon != std::string_view::npos, std::string(text));
    line parsed{.level = std::string(text.substr(level, message - 1 - level)),
                .message = std::string(text.substr(message, colon - message))};
    for (auto rest = text.substr(colon); rest.size() > 1;) {
        rest.remove_prefix(rest.starts_with(": ") ? 2 : 1);
        const auto end = rest.find('=');
        REQUIRE_MESSAGE(end != std::string_view::npos, std::string(text));
        const auto key = std::string(rest.substr(0, end));
        rest.remove_prefix(end + 1);
        auto value = take_value(rest);
        parsed.fields.emplace_back(key, boost::json::serialize(parse_json(value)));
    }
    return parsed;
}

struct format_row {
    const char* name;
    line (*parse)(std::string_view);
};

constexpr format_row formats[] = {{"text", parse_text_line}, {"json", parse_json_line}};

/// A server whose log is read.
class logged_server {
public:
    logged_server(const format_row& format, std::vector<std::string> arguments)
        : parse_(format.parse), process_([&] {
              arguments.insert(arguments.end(), {"--log-format", format.name});
              return arguments;
          }())
    {
    }

    [[nodiscard]] std::uint16_t port() const { return process_.port(); }
    server_process& process() { return process_; }

    /// Every line by now that is whole; a line that is none in the format fails the test.
    [[nodiscard]] std::vector<line> lines() const
    {
        std::vector<line> parsed;
        const auto log = process_.log();
        std::string_view rest = log;
        for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
            parsed.push_back(parse_(rest.substr(0, end)));
            rest.remove_prefix(end + 1);
        }
        return parsed;
    }

    [[nodiscard]] std::vector<line> lines(std::string_view message) const
    {
        auto all = lines();
        std::erase_if(all, [&](const line& each) { return each.message != message; });
        return all;
    }

    /// The first line of this message, which has this level and at least these fields; waits for it.
    line expect(std::string_view message, std::string_view level, const std::vector<std::string>& keys) const
    {
        eventually(fmt::format("the log says '{}'", message), [&] { return !lines(message).empty(); });
        auto found = lines(message).front();
        CHECK(found.level == level);
        for (const auto& key : keys) {
            CHECK_MESSAGE(found.find(key), fmt::format("'{}' has {}", message, key));
        }
        return found;
    }

private:
    line (*parse_)(std::string_view);
    server_process process_;
};

void for_each_format(const std::function<void(const format_row&)>& check) { for_each_row(formats, check); }

endpoint narrow(std::uint16_t port)
{
    endpoint to(port);
    to.receive_buffer = 4096;
    return to;
}

/// Streams that are refused, one after the other.
void be_refused(std::uint16_t port, int times)
{
    for (int i = 0; i < times; ++i) {
        CHECK(event_stream::refused(port, {}).status == 503);
    }
}

} // namespace

TEST_SUITE("contract/logs")
{
    TEST_CASE("log · start, ready and drain, with what an operator wants to know of them")
    {
        for_each_format([](const format_row& format) {
            logged_server server(format, {"--threads", "2", "--max-connections", "10"});
            event_stream stream(server.port());
            stream.connected();
            server.process().terminate();
            CHECK(server.process().wait_exit() == exit_status{.code = 0, .signal = 0});
            std::vector<std::string> messages;
            for (const auto& each : server.lines()) {
                messages.push_back(each.message);
            }
            CHECK(messages == std::vector<std::string>{"starting", "ready", "stream opened", "draining", "stream ended",
                                                       "drained", "stopped"});
            const auto start = server.expect("starting", "info", {"version", "threads", "listen"});
            CHECK(start.find("threads") == "2");
            CHECK(start.find("version") == "\"0.1.0\"");
            CHECK(start.find("listen") == fmt::format("\"http://127.0.0.1:{}\"", server.port()));
            CHECK(server.expect("ready", "info", {}).find("max_connections") == "10");
            const auto drain = server.expect("draining", "info", {"timeout_seconds"});
            CHECK(drain.find("signal") == "\"TERM\"");
            CHECK(drain.find("streams") == "1");
            server.expect("drained", "info", {"seconds"});
            server.expect("stopped", "info", {"uptime_seconds"});
        });
    }

    TEST_CASE("log · a drain that timed out, and a second signal")
    {
        for_each_format([](const format_row& format) {
            logged_server late(format, {"--drain-timeout", "500ms"});
            http_connection stuck(late.port());
            REQUIRE(stuck.get("/healthz").status == 200);
            stuck.send("POST /broadcast HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
            http_connection after(late.port()); // what was sent before it is read by now
            REQUIRE(after.get("/healthz").status == 200);
            late.process().terminate();
            CHECK(late.process().wait_exit() == exit_status{.code = 0, .signal = 0});
            late.expect("drain timed out, cutting off what is left", "warning", {"streams", "workers"});
            CHECK(late.lines("stopped").empty());

            logged_server twice(format, {"--drain-timeout", "20s"});
            http_connection body(twice.port());
            REQUIRE(body.get("/healthz").status == 200);
            body.send("POST /broadcast HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
            twice.process().terminate();
            twice.expect("drained", "info", {});
            twice.process().terminate(SIGINT);
            CHECK(twice.process().wait_exit() == exit_status{.code = 130, .signal = 0});
            CHECK(twice.expect("second signal, cutting off what is left", "warning", {}).find("signal") == "\"INT\"");
        });
    }

    TEST_CASE("log · claims rejected, takeovers and thrashing")
    {
        for_each_format([](const format_row& format) {
            logged_server server(format, {"--thrash-limit", "2"});
            event_stream owner(server.port(), {.user_agent = "owner"});
            const auto id = owner.session_id();
            CHECK(event_stream::refused(server.port(), {.session = id, .user_agent = "thief"}).status == 403);
            const auto handle = boost::json::serialize(owner.connected().at("handle"));
            const auto rejected = server.expect("session claim rejected", "warning", {});
            CHECK(rejected.find("handle") == handle);
            CHECK(rejected.find("address") == "\"127.0.0.1\"");
            CHECK(rejected.find("user_agent") == "\"thief\"");
            CHECK(rejected.find("owner_user_agent") == "\"owner\"");
            CHECK(rejected.find("owner_address") == "\"127.0.0.1\"");
            std::deque<event_stream> again;
            for (int i = 0; i < 3; ++i) {
                again.emplace_back(server.port(), stream_options{.session = id, .user_agent = "owner"}).connected();
            }
            const auto taken = server.expect("session taken over", "info", {"address", "owner_address"});
            CHECK(taken.find("handle") == handle);
            CHECK(taken.find("user_agent") == "\"owner\"");
            const auto thrashing = server.expect("session thrashing", "warning", {"address", "seconds"});
            CHECK(thrashing.find("handle") == handle);
            CHECK(thrashing.find("user_agent") == "\"owner\"");
            CHECK(thrashing.find("reconnections") == "3");
            CHECK(server.lines("session taken over").size() == 3);
        });
    }

    TEST_CASE("log · a slow client that is dropped: why, how far behind, and how long it took nothing")
    {
        for_each_format([](const format_row& format) {
            logged_server server(format, {"--write-timeout", "400ms", "--heartbeat-interval", "0"});
            event_stream stalled(narrow(server.port()), {.user_agent = "stalled"});
            stalled.connected();
            for (int i = 0; i < 60; ++i) {
                broadcast(server.port(), std::string(200'000, 'x'));
            }
            const auto dropped = server.expect("slow client dropped", "warning", {"address", "lag", "blocked_ms"});
            CHECK(dropped.find("handle") == boost::json::serialize(stalled.connected().at("handle")));
            CHECK(dropped.find("user_agent") == "\"stalled\"");
            CHECK(server.expect("stream ended", "info", {}).find("reason") == "\"slow\"");
            CHECK(dropped.find("reason") == "\"write_timeout\"");
            CHECK(std::stoi(dropped.find("blocked_ms").value_or("0")) >= 400);
            CHECK(std::stoi(dropped.find("lag").value_or("0")) > 0);

            logged_server strict(format, {"--max-lag", "10", "--write-timeout", "60s", "--heartbeat-interval", "0"});
            event_stream lagging(narrow(strict.port()), {.user_agent = "lagging"});
            lagging.connected();
            for (int i = 0; i < 100; ++i) {
                broadcast(strict.port(), std::string(200'000, 'x'));
            }
            const auto lagged = strict.expect("slow client dropped", "warning", {"address", "blocked_ms"});
            CHECK(lagged.find("reason") == "\"max_lag\"");
            CHECK(std::stoi(lagged.find("lag").value_or("0")) > 10);
        });
    }

    TEST_CASE("log · a session's life by its handle: opened, ended, resumed with a loss, removed")
    {
        for_each_format([](const format_row& format) {
            logged_server server(format, {"--threads", "2", "--buffer-size", "2"});
            const auto port = server.port();
            event_stream first(port);
            const auto handle = boost::json::serialize(first.connected().at("handle"));
            event_stream other(port); // whose lines are not of this session
            other.connected();
            broadcast(port, "x");
            const auto& seen = first.next_of_type("message");
            const auto bytes = stat_of(port, "bytes_delivered");
            CHECK(seen.data == "x");
            first.close();
            wait_stat(port, "active_clients", 1);
            broadcast_batch(port, {"1", "2", "3", "4", "5"});
            event_stream again(port, {.session = first.session_id()});
            again.next_of_type("replay-end");
            CHECK(request(port, {.method = "DELETE", .target = "/sessions/" + first.session_id()}).status == 204);
            again.wait_end();
            const auto of_session = [&] {
                auto all = server.lines();
                std::erase_if(all, [&](const line& each) { return each.find("handle") != handle; });
                return all;
            };
            eventually("its end is logged", [&] { return of_session().size() == 5; });
            const auto life = of_session();
            REQUIRE(life.size() == 5);
            using fields = std::vector<std::pair<std::string, std::string>>;
            CHECK(life[0].message == "stream opened");
            CHECK(life[0].fields == fields{{"handle", handle},
                                           {"address", "\"127.0.0.1\""},
                                           {"resumed", "false"},
                                           {"replayed", "0"},
                                           {"dropped", "0"}});
            CHECK(life[1].message == "stream ended");
            CHECK(life[1].find("reason") == "\"client\"");
            CHECK(life[1].find("events") == "1");
            CHECK(2 * std::stol(life[1].find("bytes").value_or("0")) == bytes); // the other stream had the same
            CHECK(std::stod(life[1].find("seconds").value_or("-1")) >= 0);
            CHECK(life[2].message == "stream opened");
            CHECK(life[2].find("resumed") == "true");
            CHECK(life[2].find("replayed") == "2");
            CHECK(life[2].find("dropped") == "3");
            CHECK(life[3].message == "events lost");
            CHECK(life[3].fields == fields{{"handle", handle}, {"count", "3"}});
            CHECK(life[4].message == "stream ended");
            CHECK(life[4].find("reason") == "\"forget\"");
            CHECK(life[4].find("events") == "2");
            CHECK(std::ranges::all_of(life, [](const line& each) { return each.level == "info"; }));
            CHECK(server.process().log().find(first.session_id()) == std::string::npos);
        });
    }

    TEST_CASE("log · a loss of which the number cannot be known")
    {
        for_each_format([](const format_row& format) {
            logged_server server(format, {});
            event_stream stream(server.port(), {.last_event_id = "1-1"});
            CHECK(stream.connected().at("dropped").is_null());
            CHECK(server.expect("stream opened", "info", {}).find("dropped") == "null");
            const auto lost = server.expect("events lost", "info", {});
            CHECK(lost.find("handle") == boost::json::serialize(stream.connected().at("handle")));
            CHECK(lost.find("count") == "null");
        });
    }

    TEST_CASE("log · a request without the token, and one from a foreign page, with their address and the reason")
    {
        for_each_format([](const format_row& format) {
            logged_server server(format, {"--publish-token", "p", "--subscribe-token", "s"});
            CHECK(event_stream::refused(server.port(), {}).status == 401);
            const auto foreign = request(
                server.port(), {.method = "POST",
                                .target = "/broadcast",
                                .headers = {{"Authorization", "Bearer p"}, {"Origin", "http://elsewhere.example"}}});
            CHECK(foreign.status == 403);
            eventually("both are logged", [&] { return server.lines("request refused").size() == 2; });
            const auto refused = server.lines("request refused");
            CHECK(refused[0].level == "info");
            CHECK(refused[0].find("status") == "401");
            CHECK(refused[0].find("route") == "\"/events\"");
            CHECK(refused[1].find("status") == "403");
            CHECK(refused[1].find("address") == "\"127.0.0.1\"");
            CHECK(refused[1].find("reason") == boost::json::serialize(foreign.json().at("detail")));
        });
    }

    TEST_CASE("log · 20,000 refused claims write few lines, and the rest is counted")
    {
        constexpr std::size_t claims = 20'000;
        const auto& format = formats[1];
        logged_server server(format, {"--threads", "1"});
        event_stream owner(server.port(), {.user_agent = "owner"});
        const stream_options thief{.session = owner.session_id(), .user_agent = "thief"};
        http_connection connection(server.port());
        const auto claim = thief.to_request();
        const auto begin = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < claims; ++i) {
            REQUIRE(connection.request(claim).status == 403);
        }
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        std::size_t written = 0;
        std::size_t told = 0;
        eventually("each is written or counted", [&] {
            written = server.lines("session claim rejected").size();
            told = 0;
            for (const auto& each : server.lines("session claim rejected: more lines left out")) {
                told += std::stoul(each.find("count").value_or("0"));
            }
            return written + told == claims;
        });
        CHECK(static_cast<double>(written) <= 100 * (took.count() + 1));
        CHECK(static_cast<double>(server.lines().size() - written) <= took.count() + 10);
    }

    TEST_CASE("log · what was left out is counted also when the server stops before the second is over")
    {
        logged_server server(formats[1], {"--threads", "1", "--drain-timeout", "8s"});
        std::deque<event_stream> streams;
        for (int i = 0; i < 150; ++i) {
            streams.emplace_back(server.port()).connected();
        }
        const auto begin = std::chrono::steady_clock::now();
        server.process().terminate();
        CHECK(server.process().wait_exit() == exit_status{.code = 0, .signal = 0});
        for (const auto* kind : {"stream opened", "stream ended"}) {
            std::size_t told = 0;
            for (const auto& each : server.lines(fmt::format("{}: more lines left out", kind))) {
                told += std::stoul(each.find("count").value_or("0"));
            }
            CHECK(server.lines(kind).size() + told == 150);
        }
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        CHECK(static_cast<double>(server.lines("stream ended").size()) <= 100 * (took.count() + 1));
        CHECK(server.lines().back().message == "stopped");
    }

    TEST_CASE("log · overload: once per burst, and how many were refused when it is over")
    {
        for_each_format([](const format_row& format) {
            logged_server server(format, {"--max-connections", "1", "--max-sessions", "3"});
            event_stream stream(server.port());
            stream.connected();
            be_refused(server.port(), 5);
            CHECK(server.expect("overload: streams are refused", "warning", {}).find("max_connections") == "1");
            for (int i = 0; i < 4; ++i) {
                CHECK(post(server.port(), "/sessions").status == (i < 2 ? 201 : 503));
            }
            CHECK(server.expect("overload: new sessions are refused", "warning", {}).find("max_sessions") == "3");
            const auto over = server.expect("overload is over: streams are accepted again", "info", {"seconds"});
            CHECK(over.find("count") == "5");
            CHECK(server.expect("overload is over: new sessions are accepted again", "info", {}).find("count") == "2");
            CHECK(server.lines("overload: streams are refused").size() == 1);
            be_refused(server.port(), 1); // another burst; the drain ends it
            server.process().terminate();
            CHECK(server.process().wait_exit() == exit_status{.code = 0, .signal = 0});
            CHECK(server.lines("overload: streams are refused").size() == 2);
            CHECK(server.lines("overload is over: streams are accepted again").back().find("count") == "1");
        });
    }

    TEST_CASE("log · requests at debug: method, route, status, time and bytes; nothing of what they carried")
    {
        for_each_format([](const format_row& format) {
            logged_server server(format, {"--log-level", "trace"});
            event_stream stream(server.port(), {.types = {"whispered"}, .query = "access_token=whispered"});
            stream.connected();
            const auto id = stream.session_id();
            const auto answer = post(server.port(), "/broadcast?type=whispered&data=whispered&id=whispered");
            CHECK(answer.status == 200);
            CHECK(post_json(server.port(), "/send", {{"session", id}, {"data", "whispered"}}).status == 200);
            CHECK(get(server.port(), "/whispered/at?all=whispered").status == 404);
            CHECK(request(server.port(), {.method = "WHISPERED", .target = "/stats"}).status == 405);
            CHECK(raw_request(server.port(), "GET /whispered\r\n\r\n").status == 400);
            CHECK(request(server.port(), {.method = "DELETE", .target = "/sessions/" + id}).status == 204);
            eventually("all are logged", [&] { return server.lines("request").size() == 7; });
            const auto log = server.process().log();
            CHECK(log.find("hispered") == std::string::npos);
            CHECK(log.find("HISPERED") == std::string::npos);
            CHECK(log.find(id) == std::string::npos);
            const auto requests = server.lines("request");
            const auto has = [&](const char* method, const char* route, const char* status) {
                return std::ranges::any_of(requests, [&](const line& each) {
                    return each.level == "debug" && each.find("method") == fmt::format("\"{}\"", method) &&
                           each.find("route") == fmt::format("\"{}\"", route) && each.find("status") == status &&
                           each.find("duration_ms") && each.find("bytes");
                });
            };
            CHECK(has("GET", "/events", "200"));
            CHECK(has("POST", "/broadcast", "200"));
            CHECK(has("POST", "/send", "200"));
            CHECK(has("GET", "", "404"));
            CHECK(has("DELETE", "/sessions/{}", "204"));
            CHECK(has("", "", "400"));
            const auto published =
                std::ranges::find_if(requests, [](const line& each) { return each.find("route") == "\"/broadcast\""; });
            CHECK(published->find("bytes") == std::to_string(answer.body.size()));
        });
    }

    TEST_CASE("log · requests are not logged above debug")
    {
        server_process server;
        CHECK(get(server.port(), "/healthz").status == 200);
        server.terminate();
        server.wait_exit();
        CHECK(server.log_count("healthz") == 0);
    }

    TEST_CASE("log · text from outside neither ends a line nor drives a terminal")
    {
        for_each_format([](const format_row& format) {
            logged_server server(format, {});
            event_stream owner(server.port(), {.user_agent = "owner"});
            // C1 control sequence introducer, right-to-left override, line separator, DEL, a tab, a byte that is not
            // UTF-8, and what would end a string.
            const std::string agent = "a\xc2\x9b"
                                      "31m\xe2\x80\xae\xe2\x80\xa8\tb\xff\"\\c\xc3\xa9";
            const auto answer =
                event_stream::refused(server.port(), {.session = owner.session_id(), .user_agent = agent});
            REQUIRE(answer.status == 403);
            const auto rejected = server.expect("session claim rejected", "warning", {});
            CHECK(rejected.find("user_agent") == boost::json::serialize(boost::json::value(
                                                     "a\xc2\x9b"
                                                     "31m\xe2\x80\xae\xe2\x80\xa8\tb\xef\xbf\xbd\"\\c\xc3\xa9")));
            const auto log = server.process().log();
            CHECK(std::ranges::none_of(log, [](char c) { return (c >= 0 && c < ' ' && c != '\n') || c == '\x7f'; }));
            CHECK(log.find("\xc2\x9b") == std::string::npos);
            CHECK(log.find("\xe2\x80") == std::string::npos);
            CHECK(log.find('\xff') == std::string::npos);
            CHECK(log.find("c\xc3\xa9") != std::string::npos);
        });
    }
}
