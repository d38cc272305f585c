#include "event_group.hpp"

#include "request_head.hpp"

#include <fmt/format.h>

#include <random>

namespace sluice::load {
namespace {

using fields = std::vector<std::string>;

constexpr std::size_t blocks_known = 4096; // of all groups: as many events as a stream may well have unread
constexpr std::string_view user_agent =
    "User-Agent: sluice-load"; // the same on every connection: servers may compare it

std::uint64_t random_number()
{
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32U) | device();
}

fields together(fields first, const fields& second)
{
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

std::string publish_type(const options& chosen)
{
    if (!chosen.publish_type.empty()) {
        return chosen.publish_type;
    }
    return chosen.what == profile::batch ? "application/x-ndjson" : "application/json";
}

} // namespace

std::vector<event_group> make_groups(const options& chosen, const endpoint& server, const endpoint& publish_server)
{
    const fields usual{"Host: " + server.authority, "Accept: text/event-stream", std::string(user_agent)};
    const fields usual_to_publish{"Host: " + publish_server.authority, std::string(user_agent),
                                  "Content-Type: " + publish_type(chosen)};
    const auto on_streams = together(chosen.headers, chosen.stream_headers);
    const auto on_publishes = together(chosen.headers, chosen.publish_headers);
    const auto run = random_number();
    std::vector<event_group> groups;
    for (std::size_t i = 0; i < chosen.groups; ++i) {
        const auto number = std::to_string(i);
        const auto numbered = [&](const std::string& text) { return fill_in(text, "{group}", number); };
        const auto type = numbered(chosen.event_type);
        groups.push_back(
            {make_head("GET", numbered(chosen.path), usual, on_streams),
             make_head(chosen.publish_method, numbered(chosen.publish_path), usual_to_publish, on_publishes),
             body_template(fill_in(numbered(chosen.publish_body), "{type}", type)), type.empty() ? "message" : type,
             envelope(numbered(chosen.event_data)), payload_format(run + i, chosen.payload_bytes),
             known_blocks(blocks_known / chosen.groups + 1)});
    }
    return groups;
}

} // namespace sluice::load
