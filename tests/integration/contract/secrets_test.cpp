// What must not be told: no token, session id or payload stands in the log at any level, and no token in any answer.
#include "checks.hpp"
#include <support/event_stream.hpp>

#include <fmt/format.h>

#include <functional>

using namespace sluice::test;

namespace {

const std::string publish_token = "PUBLISHSECRET";
const std::string subscribe_token = "SUBSCRIBESECRET";
const std::string payload = "PAYLOADSECRET";

struct format_row {
    const char* name;
};

constexpr format_row formats[] = {{"text"}, {"json"}};

/// One server at trace level, and everything that it told anybody.
class told {
public:
    explicit told(const std::string& format)
        : server_({"--log-level", "trace", "--log-format", format, "--threads", "3", "--publish-token", publish_token,
                   "--subscribe-token", subscribe_token, "--max-event-bytes", "1KiB", "--thrash-limit", "2"})
    {
    }

    server_process& server() { return server_; }
    [[nodiscard]] const std::string& answers() const { return answers_; }

    http_response ask(http_request wanted, const std::string& token)
    {
        wanted.headers.add("Authorization", "Bearer " + token);
        return keep(request(server_.port(), wanted));
    }

    http_response post(std::string target, std::string type, std::string body, const std::string& token = publish_token)
    {
        return ask({.method = "POST",
                    .target = std::move(target),
                    .headers = {{"Content-Type", std::move(type)}},
                    .body = std::move(body)},
                   token);
    }

    http_response raw(std::string_view bytes) { return keep(raw_request(server_.port(), bytes)); }
    http_response refused(const stream_options& options)
    {
        return keep(event_stream::refused(server_.port(), options));
    }

private:
    http_response keep(http_response response)
    {
        for (const auto& [name, value] : response.headers) {
            answers_.append(name).append(": ").append(value).append("\n");
        }
        answers_ += response.body + "\n";
        return response;
    }

    server_process server_;
    std::string answers_;
};

stream_options subscribe(const std::string& session = {}, const std::string& agent = "sluice-test")
{
    return {.session = session.empty() ? std::nullopt : std::optional(session),
            .query = "access_token=" + subscribe_token + "&note=" + payload,
            .user_agent = agent};
}

/// Publishes that are taken, and every way in which they are refused.
void publish_all(told& all, const std::string& id)
{
    all.post("/broadcast", "application/json", fmt::format(R"({{"data":"{}","type":"{}"}})", payload, payload));
    all.post("/broadcast?data=" + payload + "&id=" + payload, "", "");
    all.post("/broadcast", "application/x-ndjson", fmt::format("{{\"data\":\"{}\"}}\n{{\"data\":\n", payload));
    all.post("/send?session=" + id, "application/x-www-form-urlencoded", "data=" + payload);
    all.post("/send?session=" + id + "x", "application/x-www-form-urlencoded", "data=" + payload);
    all.post("/broadcast", "application/json", "{\"data\":\"" + payload + "\",}");
    all.post("/broadcast", "application/json", "{\"data\":\"" + payload + "\xff\"}");
    all.post("/broadcast", "application/x-www-form-urlencoded", "data=" + payload + "%zz");
    all.post("/broadcast", "application/json", R"({"data":")" + payload + std::string(2000, 'x') + "\"}");
    all.post("/broadcast", "text/plain", payload);
    all.post("/broadcast", "application/x-www-form-urlencoded", "data=" + payload, "WRONG" + publish_token);
    all.post("/disconnect?session=" + id + "x", "", "");
}

/// Tokens where they belong, where they do not, and where they break the request.
void misplace_tokens(told& all, const std::string& id)
{
    for (const auto* target : {"/stats", "/sessions", "/broadcast", "/nothing", "/healthz"}) {
        for (const auto& query : {"?access_token=" + subscribe_token, fmt::format("?access_token={}%zz", publish_token),
                                  "?x=%zz&access_token=" + publish_token,
                                  fmt::format("?access_token={0}&access_token={0}", publish_token)}) {
            all.ask({.target = target + query}, "WRONG");
            all.ask({.method = "POST", .target = target + query}, publish_token);
        }
        all.ask({.method = "PATCH", .target = std::string(target)}, publish_token);
    }
    for (const auto* line : {"Authorization: Bearer {}\x01", "Authorization : Bearer {}", "Bearer {}",
                             "Authorization: Bearer {}\nX: y", "Authorization: Basic {}"}) {
        all.raw("GET /stats HTTP/1.1\r\nHost: x\r\n" + fmt::format(fmt::runtime(line), publish_token) + "\r\n\r\n");
    }
    all.raw(publish_token + "\r\n\r\n");
    all.raw("GET /" + publish_token + " HTTP/1.1\r\nHost: x\r\n\r\n");
    all.raw("GET /%0A" + publish_token + " HTTP/1.1\r\nHost: x\r\n\r\n");
    all.raw("GET /events/" + id + " HTTP/1.1\r\nHost: x\r\n\r\n");
    all.raw(publish_token + " /stats HTTP/1.1\r\nHost: x\r\n\r\n");
    all.refused({.query = "access_token=WRONG" + subscribe_token});
    all.refused({.query = "types=%zz&access_token=" + subscribe_token});
    all.refused({.query = "types=" + payload + "%00&access_token=" + subscribe_token});
}

/// Sessions taken over, claimed by others, thrashed, closed and forgotten. Returns their ids.
std::vector<std::string> live(told& all)
{
    const endpoint at(all.server().port());
    event_stream first(at, subscribe());
    const auto id = first.session_id();
    auto last = std::make_unique<event_stream>(at, subscribe(id));
    first.wait_end();
    all.refused(subscribe(id, "another"));
    for (int i = 0; i != 5; ++i) {
        last = std::make_unique<event_stream>(at, subscribe(id)); // the one before stands until then
        last->expect("connected");
    }
    all.post("/disconnect?session=" + id, "", "");
    last->wait_end();
    publish_all(all, id);
    misplace_tokens(all, id);
    const auto minted = all.post("/sessions", "", "");
    const auto other = text(minted.json().at("sessionId"));
    all.ask({.target = "/sessions?limit=10"}, publish_token);
    all.ask({.target = "/sessions/" + id}, publish_token);
    auto stranger = subscribe();
    stranger.last_event_id = id; // of no log
    event_stream(at, stranger).connected();
    all.ask({.target = "/stats"}, publish_token);
    all.ask({.method = "DELETE", .target = "/sessions/" + id}, publish_token);
    all.ask({.method = "DELETE", .target = "/sessions/" + other}, "WRONG");
    return {id, other};
}

} // namespace

TEST_SUITE("contract/secrets")
{
    TEST_CASE("log · at trace has no token, no session id and no payload; answers have no token")
    {
        for_each_row(formats, [&](const format_row& row) {
            told all(row.name);
            const auto ids = live(all);
            all.server().wait_for_log("session claim rejected");
            all.server().wait_for_log("session thrashing");
            all.server().wait_for_log("session taken over");
            for (const auto* line : {"stream opened", "stream ended", "events lost", "request refused"}) {
                all.server().wait_for_log(line);
            }
            all.server().terminate();
            CHECK(all.server().wait_exit() == exit_status{.code = 0, .signal = 0});
            const auto log = all.server().log();
            CHECK(log.find("SECRET") == std::string::npos);
            for (const auto& id : ids) {
                CHECK(log.find(id) == std::string::npos);
            }
            // Requests are there, so that there was something to look at, each on one line.
            CHECK(all.server().log_count("/broadcast") >= 10);
            CHECK(all.server().log_count("/sessions/{}") >= 2);
            CHECK(all.answers().find(publish_token) == std::string::npos);
            CHECK(all.answers().find(subscribe_token) == std::string::npos);
        });
    }
}
