#include "event_bytes.hpp"

#include <fmt/format.h>

namespace sluice::load {
namespace {

/// Unlike `find_first_of`, which looks up each character in its set, this is quick.
bool contains(std::string_view text, char what) { return text.find(what) != std::string_view::npos; }

/// The text of a string behind `key` (as in `"name":"`), without regard to nesting; nothing if it is absent or has
/// escapes.
std::optional<std::string_view> find_string(std::string_view json, std::string_view key)
{
    const auto found = json.find(key);
    if (found == std::string_view::npos) {
        return std::nullopt;
    }
    const auto rest = json.substr(found + key.size());
    const auto end = rest.find('"');
    const auto text = rest.substr(0, end);
    const bool is_plain = end != std::string_view::npos && !contains(text, '\\');
    return is_plain ? std::optional(text) : std::nullopt;
}

} // namespace

std::optional<published> read_published(std::string_view body)
{
    published result{"", body};
    if (const auto data = find_string(body, R"("data":")")) {
        result = {find_string(body, R"("type":")").value_or(""), *data};
    }
    if (contains(result.data, '\r') || contains(result.data, '\n')) {
        return std::nullopt;
    }
    return result;
}

std::string make_event(std::string_view id, const published& event)
{
    std::string text;
    text.reserve(id.size() + event.type.size() + event.data.size() + std::size_t{32});
    text.append("id: ").append(id);
    if (!event.type.empty()) {
        text.append("\nevent: ").append(event.type);
    }
    return text.append("\ndata: ").append(event.data).append("\n\n");
}

std::string make_chunk(std::string_view content) { return fmt::format("{:x}\r\n{}\r\n", content.size(), content); }

std::string make_stream_start(std::string_view position)
{
    const std::string head = "HTTP/1.1 200 OK\r\n"
                             "Content-Type: text/event-stream\r\n"
                             "Cache-Control: no-cache, no-transform\r\n"
                             "Transfer-Encoding: chunked\r\n\r\n";
    return head + make_chunk(fmt::format("retry: 3000\nid: {}\nevent: connected\ndata: {{}}\n\n", position));
}

std::string make_id(std::uint64_t hi, std::uint64_t lo) { return fmt::format("{}-{}", hi, lo); }

} // namespace sluice::load
