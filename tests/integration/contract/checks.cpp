#include "checks.hpp"

#include <support/failure.hpp>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace sluice::test {
namespace {

boost::json::string_view to_json_view(std::string_view text) { return {text.data(), text.size()}; }

} // namespace

void check_problem(const http_response& response, int status, std::string_view names)
{
    INFO("body: " << printable(response.body));
    CHECK(response.status == status);
    CHECK(response.headers.get("Content-Type") == "application/problem+json");
    const auto body = response.json();
    if (!body.is_object()) {
        fail("a problem as a JSON object", response.body);
    }
    const auto& problem = body.as_object();
    for (const auto* member : {"type", "title", "status", "detail"}) {
        if (!problem.contains(member)) {
            fail(fmt::format("the member {} in a problem", member), response.body);
        }
    }
    CHECK(problem.at("type").is_string());
    CHECK(integer(problem.at("status")) == response.status);
    CHECK_FALSE(text(problem.at("title")).empty());
    CHECK_FALSE(text(problem.at("detail")).empty());
    CHECK_MESSAGE(text(problem.at("detail")).find(names) != std::string::npos, "the detail names ", std::string(names));
}

http_response post(const endpoint& to, std::string target, std::string_view content_type, std::string body)
{
    return request(to, {.method = "POST",
                        .target = std::move(target),
                        .headers = {{"Content-Type", std::string(content_type)}},
                        .body = std::move(body)});
}

http_response post(const endpoint& to, std::string target)
{
    return request(to, {.method = "POST", .target = std::move(target)});
}

http_response raw_request(const endpoint& to, std::string_view bytes)
{
    http_connection connection(to);
    connection.send(bytes);
    return connection.read_response();
}

boost::json::object broadcast_batch(const endpoint& to, const std::vector<std::string>& data)
{
    std::string body;
    for (const auto& each : data) {
        body += boost::json::serialize(boost::json::object{{"data", to_json_view(each)}});
        body += '\n';
    }
    const auto response = post(to, "/broadcast", "application/x-ndjson", std::move(body));
    if (response.status != 200) {
        fail("200 to a batch", fmt::format("{}: {}", response.status, printable(response.body)));
    }
    return response.json().as_object();
}

boost::json::object stats(const endpoint& to)
{
    const auto response = get(to, "/stats");
    if (response.status != 200) {
        fail("200 from GET /stats", fmt::format("{}: {}", response.status, printable(response.body)));
    }
    return response.json().as_object();
}

std::int64_t stat_of(const endpoint& to, std::string_view name)
{
    const auto all = stats(to);
    const auto* value = all.if_contains(to_json_view(name));
    if (value == nullptr) {
        fail(fmt::format("{} in /stats", name), boost::json::serialize(all));
    }
    return integer(*value);
}

void wait_stat(const endpoint& to, std::string_view name, std::int64_t wanted, deadline until)
{
    std::int64_t now = 0;
    try {
        eventually(
            name,
            [&] {
                now = stat_of(to, name);
                return now == wanted;
            },
            until);
    } catch (const test_failure& failure) {
        throw test_failure(fmt::format("{} is {} and does not become {}: {}", name, now, wanted, failure.what()));
    }
}

boost::json::object session_entry(const endpoint& to, std::string_view id)
{
    const auto response = get(to, "/sessions");
    const auto page = response.json();
    for (const auto& entry : page.at("sessions").as_array()) {
        if (text(entry.at("id")) == id) {
            return entry.as_object();
        }
    }
    fail(fmt::format("the session {} in GET /sessions", id), printable(response.body));
}

std::string mint_session(const endpoint& to)
{
    const auto response = post(to, "/sessions");
    if (response.status != 201) {
        fail("201 from POST /sessions", fmt::format("{}: {}", response.status, printable(response.body)));
    }
    const auto answer = response.json();
    return text(answer.at("sessionId"));
}

std::set<std::string> keys(const boost::json::object& object)
{
    std::set<std::string> names;
    for (const auto& member : object) {
        names.emplace(member.key());
    }
    return names;
}

std::int64_t integer(const boost::json::value& value)
{
    if (value.is_uint64()) {
        return static_cast<std::int64_t>(value.get_uint64());
    }
    if (!value.is_int64()) {
        fail("an integer", boost::json::serialize(value));
    }
    return value.get_int64();
}

std::string text(const boost::json::value& value)
{
    if (!value.is_string()) {
        fail("a string", boost::json::serialize(value));
    }
    return std::string(value.get_string());
}

bool is_position(std::string_view text)
{
    const auto dash = text.find('-');
    const auto digits = [](std::string_view part) {
        return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
    };
    return dash != std::string_view::npos && digits(text.substr(0, dash)) && digits(text.substr(dash + 1));
}

bool is_session_id(std::string_view text)
{
    return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::pair<std::uint64_t, std::uint64_t> position(std::string_view text)
{
    if (!is_position(text)) {
        fail("a position <hi>-<lo>", printable(text));
    }
    std::pair<std::uint64_t, std::uint64_t> result;
    const auto* const end = text.data() + text.size();
    const auto high = std::from_chars(text.data(), end, result.first);
    std::from_chars(high.ptr + 1, end, result.second);
    return result;
}

std::int64_t milliseconds_since_epoch()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::size_t line_count(std::string_view text)
{
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::set<std::string> list_elements(std::string_view value)
{
    std::set<std::string> elements;
    std::string element;
    for (const char c : value) {
        if (c == ',') {
            elements.insert(std::exchange(element, {}));
        } else if (c != ' ' && c != '\t') {
            element += c;
        }
    }
    elements.insert(element);
    return elements;
}

} // namespace sluice::test
