#include "../load/options.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace sluice::load;

namespace {

struct parsed {
    std::optional<options> chosen;
    int status = -1;
};

parsed parse(std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), {"sluice-load", "--url", "127.0.0.1:1"});
    std::vector<char*> argv;
    argv.reserve(arguments.size());
    for (auto& each : arguments) {
        argv.push_back(each.data());
    }
    parsed result;
    result.chosen = parse_options(static_cast<int>(argv.size()), argv.data(), result.status);
    return result;
}

} // namespace

TEST_SUITE_BEGIN("load/options");

TEST_CASE("every profile has its name")
{
    for (const auto& [name, what] : profile_names) {
        CAPTURE(name);
        const auto result = parse({"--profile", std::string(name)});
        REQUIRE(result.chosen);
        CHECK(result.chosen->what == what);
    }
}

TEST_CASE("header fields add up, and text may be empty or have braces")
{
    const auto result = parse({"--header", "A: 1", "--header", "B: 2", "--publish-header", "C: 3", "--event-type", "",
                               "--ready-event", "", "--publish-body", "{data}"});
    REQUIRE(result.chosen);
    CHECK(result.chosen->headers == std::vector<std::string>{"A: 1", "B: 2"});
    CHECK(result.chosen->publish_headers == std::vector<std::string>{"C: 3"});
    CHECK(result.chosen->stream_headers.empty());
    CHECK(result.chosen->event_type.empty());
    CHECK(result.chosen->ready_event.empty());
    CHECK(result.chosen->publish_body == "{data}");
}

TEST_CASE("what cannot be meant is refused with status 2")
{
    const std::vector<std::vector<std::string>> rows{
        {"--profile", "storm"},   {"--header", "no colon"}, {"--groups", "2"},     {"--payload", "50"},
        {"--stall-share", "1.5"}, {"--streams", "0"},       {"--missed", "0"},     {"--rate", "0"},
        {"--churn-rate", "0"},    {"--connecting", "0"},    {"--event-data", "x"}, {"--never-heard-of"}};
    for (const auto& row : rows) {
        CAPTURE(row.front());
        const auto result = parse(row);
        CHECK_FALSE(result.chosen);
        CHECK(result.status == 2);
    }
    CHECK(parse({"--groups", "2", "--path", "/{group}"}).chosen);
}

TEST_SUITE_END();
