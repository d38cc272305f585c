#include "publisher.hpp"

#include <support/failure.hpp>
#include <support/http_connection.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <random>
#include <thread>
#include <utility>

namespace sluice::test {
namespace {

std::uint64_t parse_number(std::string_view text, std::string_view id)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
        fail("an id <hi>-<lo>", printable(id));
    }
    return value;
}

place publish(http_connection& connection, const sent_event& event)
{
    boost::json::object body{{"type", event.type}, {"data", event.data}};
    if (!event.sessions.empty()) {
        boost::json::array names;
        for (const auto& id : event.sessions) {
            names.emplace_back(id);
        }
        body.emplace("sessions", std::move(names));
    }
    const auto response = connection.post_json(event.sessions.empty() ? "/broadcast" : "/send", body);
    const auto answer = response.status == 200 ? response.json() : boost::json::value();
    const auto* unknown = answer.is_object() ? answer.as_object().if_contains("unknown") : nullptr;
    if (!answer.is_object() || (unknown != nullptr && !unknown->as_array().empty())) {
        fail("200 from a publish, with every session known",
             fmt::format("{}: {}", response.status, printable(response.body)));
    }
    return parse_place(std::string(answer.at("id").as_string()));
}

/// Draws what to publish next.
class source {
public:
    explicit source(const publisher_options& options) : options_(options), random_(options.seed) {}

    sent_event next()
    {
        sent_event event{.at = {},
                         .type = fire_types[below(fire_types.size())],
                         .data = fmt::format("{} {}\n{}", options_.name, ++count_, std::string(below(200), 'x')),
                         .sessions = {}};
        if (below(3) == 0) {
            const auto targets = 1 + below(3);
            for (std::size_t i = 0; i < targets; ++i) {
                const auto& id = options_.sessions[below(options_.sessions.size())];
                if (std::find(event.sessions.begin(), event.sessions.end(), id) == event.sessions.end()) {
                    event.sessions.push_back(id);
                }
            }
        }
        return event;
    }

private:
    std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }

    const publisher_options& options_;
    std::mt19937_64 random_;
    int count_ = 0;
};

} // namespace

place parse_place(std::string_view id)
{
    const auto dash = std::min(id.find('-'), id.size());
    return {.hi = parse_number(id.substr(0, dash), id),
            .lo = parse_number(dash < id.size() ? id.substr(dash + 1) : "", id)};
}

std::vector<sent_event> publish_until(const std::atomic<bool>& stopped, const publisher_options& options)
{
    using clock = std::chrono::steady_clock;
    http_connection connection(options.to);
    source events(options);
    std::vector<sent_event> sent;
    const auto start = clock::now();
    while (!stopped) {
        auto event = events.next();
        event.at = publish(connection, event);
        if (!sent.empty() && event.at <= sent.back().at) {
            fail("each id to be greater than those answered before",
                 fmt::format("{}-{} after {}-{}", event.at.hi, event.at.lo, sent.back().at.hi, sent.back().at.lo));
        }
        sent.push_back(std::move(event));
        // In bursts of 50, so that the server sees both a rush and a lull.
        if (sent.size() % 50 == 0) {
            std::this_thread::sleep_until(
                start +
                std::chrono::milliseconds(sent.size() * 1000 / static_cast<std::size_t>(options.events_per_second)));
        }
    }
    return sent;
}

std::vector<sent_event> publish_last(const endpoint& to)
{
    http_connection connection(to);
    std::vector<sent_event> sent;
    for (const auto& type : fire_types) {
        sent.push_back({.at = {}, .type = type, .data = std::string(last_data), .sessions = {}});
        sent.back().at = publish(connection, sent.back());
    }
    return sent;
}

} // namespace sluice::test
