#include "event_bytes.hpp"

#include <fmt/format.h>

namespace sluice::load {
namespace {

/// The text between the quotes of `"name":"text"`, without regard to nesting; nothing if it is absent or has
/// escapes.
std::optional<std::string_view> find_string(std::string_view json, std::string_view name)
{
    const auto key = fmt::format(R"("{}":")", name);
    const auto found = json.find(key);
    if (found == std::string_view::npos) {
        return std::nullopt;
    }
    const auto rest = json.substr(found + key.size());
    const auto text = rest.substr(0, rest.find_first_of("\"\\"));
    const bool is_closed = text.size() < rest.size() && rest[text.size()] == '"';
    return is_closed ? std::optional(text) : std::nullopt;
}

} // namespace

std::optional<published> read_published(std::string_view body)
{
    published result{"", body};
    if (const auto data = find_string(body, "data")) {
        result = {find_string(body, "type").value_or(""), *data};
    }
    if (result.data.find_first_of("\r\n") != std::string_view::npos) {
        return std::nullopt;
    }
    return result;
}

std::string make_event(std::string_view id, const published& event)
{
    const auto type = event.type.empty() ? std::string() : fmt::format("event: {}\n", event.type);
    return fmt::format("id: {}\n{}data: {}\n\n", id, type, event.data);
}

std::string make_chunk(std::string_view content) { return fmt::format("{:x}\r\n{}\r\n", content.size(), content); }

std::string make_stream_start(std::string_view position)
{
    const std::string head = "HTTP/1.1 200 OK\r\n"
                             "Content-Type: text/event-stream\r\n"
                             "Cache-Control: no-cache, no-transform\r\n"
                             "Transfer-Encoding: chunked\r\n\r\n";
    return head + make_chunk(fmt::format("retry: 3000\nid: {}\n\nevent: connected\ndata: {{}}\n\n", position));
}

std::string make_id(std::uint64_t hi, std::uint64_t lo) { return fmt::format("{}-{}", hi, lo); }

} // namespace sluice::load
