// The metrics as Prometheus itself takes them: promtool's judgement, and a server that scrapes.
#include "exposition.hpp"
#include <support/event_stream.hpp>

#include <boost/algorithm/string/replace.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <checks.hpp>
#include <fmt/format.h>
#include <temporary_directory.hpp>

#include <charconv>
#include <fstream>
#include <iterator>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

struct verdict {
    exit_status status;
    std::string said;
};

/// What `promtool check metrics` says of the text.
verdict check_by_promtool(const std::string& text)
{
    temporary_directory scratch;
    const auto file = scratch.write("metrics", text);
    child_process promtool(
        {.command = {"/bin/sh", "-c", fmt::format("exec '{}' check metrics < '{}'", PROMTOOL, file)}});
    const auto status = promtool.wait(10s);
    REQUIRE(status.has_value());
    return {*status, promtool.out() + promtool.err()};
}

std::string percent_encoded(std::string_view text)
{
    std::string all;
    for (const char c : text) {
        all += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    }
    return all;
}

/// The expressions of the dashboard's panels, with Grafana's variables replaced as Grafana would.
std::vector<std::string> dashboard_expressions()
{
    std::ifstream file(PACKAGING "/grafana-dashboard.json");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto dashboard = boost::json::parse(text);
    std::vector<std::string> all;
    for (const auto& panel : dashboard.at("panels").as_array()) {
        for (const auto& target : panel.at("targets").as_array()) {
            std::string expression{sluice::test::text(target.at("expr"))};
            boost::algorithm::replace_all(expression, "$instance", ".+");
            boost::algorithm::replace_all(expression, "$__rate_interval", "10s");
            all.push_back(std::move(expression));
        }
    }
    return all;
}

/// Prometheus, which scrapes the server and evaluates the rules of tools/packaging.
class prometheus {
public:
    explicit prometheus(const server_process& target)
        : process_({.command = {PROMETHEUS, "--config.file=" + configure(target),
                                "--storage.tsdb.path=" + scratch_.file("data"), "--web.listen-address=127.0.0.1:0"}}),
          log_source_([this] { return last_lines(process_.err()); })
    {
        std::string_view port;
        const bool listens = process_.wait_output(
            [&](std::string_view, std::string_view log) {
                const auto at = log.find(says_port);
                const auto end =
                    at == std::string_view::npos ? at : log.find_first_not_of("0123456789", at + says_port.size());
                if (end == std::string_view::npos) {
                    return false;
                }
                port = log.substr(at + says_port.size(), end - at - says_port.size());
                std::from_chars(port.data(), port.data() + port.size(), port_);
                return true;
            },
            30s);
        if (!listens || port_ == 0) {
            fail("Prometheus to listen", process_.err());
        }
    }

    /// How many series the expression finds; nothing when Prometheus refuses it.
    [[nodiscard]] std::optional<std::size_t> count(const std::string& expression) const
    {
        const auto response = get(port_, "/api/v1/query?query=" + percent_encoded(expression));
        return response.status == 200 ? std::optional(response.json().at("data").at("result").as_array().size())
                                      : std::nullopt;
    }

    /// The value of the one series that the query finds; nothing when there is none.
    [[nodiscard]] std::optional<std::string> query(const std::string& encoded) const
    {
        const auto response = get(port_, "/api/v1/query?query=" + encoded);
        if (response.status != 200) { // it has just begun
            return std::nullopt;
        }
        const auto answer = response.json();
        const auto& found = answer.at("data").at("result").as_array();
        return found.size() == 1 ? std::optional(text(found.front().at("value").as_array().at(1))) : std::nullopt;
    }

    void wait(const std::string& encoded, const std::string& wanted) const
    {
        std::optional<std::string> now;
        try {
            eventually(
                encoded,
                [&] {
                    now = query(encoded);
                    return now == wanted;
                },
                30s);
        } catch (const test_failure& failure) {
            throw test_failure(
                fmt::format("{} is {} and not {}: {}", encoded, now.value_or("nothing"), wanted, failure.what()));
        }
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    static constexpr std::string_view says_port = R"(msg="Listening on" address=127.0.0.1:)";

    std::string configure(const server_process& target)
    {
        return scratch_.write("prometheus.yml", fmt::format(R"(global:
  scrape_interval: 500ms
  scrape_timeout: 500ms
  evaluation_interval: 500ms
rule_files: ["{}/prometheus-rules.yml"]
scrape_configs:
  - job_name: sluice
    static_configs:
      - targets: ["127.0.0.1:{}"]
)",
                                                            PACKAGING, target.port()));
    }

    temporary_directory scratch_;
    child_process process_;
    log_source log_source_;
    std::uint16_t port_ = 0;
};

} // namespace

TEST_SUITE("metrics/prometheus")
{
    TEST_CASE("promtool · finds nothing to say, on a new server and on one that was used")
    {
        server_process server({"--threads", "2"});
        for (int i = 0; i < 2; ++i) {
            const auto [status, said] = check_by_promtool(get(server.port(), "/metrics").body);
            CHECK(to_string(status) == to_string(exit_status{.code = 0, .signal = 0}));
            CHECK(said == "");
            event_stream stream(server.port());
            stream.connected();
            broadcast(server.port(), "x");
            stream.next_of_type("message");
        }
        // It does judge: a metric without help, and one whose name is not as it should be.
        CHECK(check_by_promtool("# TYPE a gauge\na 1\n").status.code != 0);
        CHECK(
            check_by_promtool("# HELP a_milliseconds b\n# TYPE a_milliseconds gauge\na_milliseconds 1\n").status.code !=
            0);
    }

    TEST_CASE("Prometheus · scrapes every family, and shows what happens")
    {
        server_process server({"--threads", "2", "--heartbeat-interval", "0"});
        event_stream first(server.port());
        first.connected();
        prometheus scraper(server);
        scraper.wait("sluice_active_clients", "1");
        event_stream second(server.port());
        second.connected();
        scraper.wait("sluice_active_clients", "2");
        broadcast_batch(server.port(), {"1", "2", "3"});
        scraper.wait("sluice_events_published_total", "3");
        scraper.wait("sluice_events_delivered_total", "6");
        scraper.wait("sluice_fan_out_latency_seconds_count", "6");
        scraper.wait("sluice_publish_requests_total{route=%22/broadcast%22,code=%22200%22}", "1");
        second.close();
        scraper.wait("sluice_streams_ended_total{reason=%22client%22}", "1");
        scraper.wait("sluice_active_clients", "1");
        scraper.wait("up", "1");
        CHECK(scraper.query("histogram_quantile(0.99,sluice_fan_out_latency_seconds_bucket)").value_or("NaN") != "NaN");
        // Nothing of a scrape was refused: it has as many samples as the text, each family with its type.
        const auto all = scrape(server.port());
        std::size_t samples = 0;
        for (const auto& [name, family] : all.families()) {
            samples += family.samples.size();
        }
        scraper.wait("scrape_samples_scraped", std::to_string(samples));
        const auto metadata = get(scraper.port(), "/api/v1/metadata").json().at("data");
        for (const auto& [name, family] : all.families()) {
            const auto* told = metadata.as_object().if_contains(name);
            REQUIRE_MESSAGE(told != nullptr, name);
            CHECK(text(told->as_array().at(0).at("type")) == family.type);
            CHECK(text(told->as_array().at(0).at("help")) == family.help);
        }
    }

    TEST_CASE("Prometheus · each expression of the dashboard and of the rules finds something")
    {
        server_process server({"--threads", "2", "--heartbeat-interval", "0"});
        event_stream stream(server.port());
        stream.connected();
        prometheus scraper(server);
        scraper.wait("sluice_active_clients", "1");
        broadcast(server.port(), "x");
        scraper.wait("sluice_events_delivered_total", "1");
        const auto expressions = dashboard_expressions();
        REQUIRE(expressions.size() > 20);
        for (const auto& expression : expressions) {
            eventually(expression, [&] { return scraper.count(expression).value_or(0) > 0; }, 30s);
        }
        // An alert finds nothing while all is well; what it compares is there all the same.
        std::size_t rules = 0;
        eventually(
            "the rules to be evaluated",
            [&] {
                const auto groups = get(scraper.port(), "/api/v1/rules").json().at("data").at("groups").as_array();
                rules = 0;
                bool all_well = !groups.empty();
                for (const auto& rule : groups.empty() ? boost::json::array{} : groups.at(0).at("rules").as_array()) {
                    ++rules;
                    all_well = all_well && text(rule.at("health")) == "ok";
                    const std::string expression{text(rule.at("query"))};
                    const auto compared = expression.substr(0, expression.find_last_of("<>="));
                    all_well =
                        all_well && scraper.count(compared.substr(0, compared.find_last_not_of("<>= ") + 1)) > 0U;
                }
                return all_well;
            },
            30s);
        CHECK(rules == 9);
        CHECK(!scraper.count("sluice_no_such_metric").value_or(1));
    }
}
