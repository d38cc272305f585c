#include "reserved_topic.hpp"

#include "paths.hpp"
#include <url_pattern/topic.hpp>

#include <algorithm>
#include <optional>
#include <string>

namespace sluice::server::mercure {
namespace {

/// Only the path of what is resolved against it counts.
[[nodiscard]] url_pattern::base_url const& any_host()
{
    static auto const base = url_pattern::base_url::parse("https://hub.invalid/");
    return *base;
}

/// The path of the URL that the topic is, canonical; nothing if it is none.
[[nodiscard]] std::optional<std::string> path_of(std::string_view text)
{
    url_pattern::topic const read{text, any_host()};
    if (!read.is_url()) {
        return std::nullopt;
    }
    // The fourth line (`url_pattern::topic::lines`).
    std::string_view lines = read.lines();
    for (int before = 0; before != 3; ++before) {
        lines.remove_prefix(lines.find('\n') + 1);
    }
    return std::string{lines.substr(0, lines.find('\n'))};
}

[[nodiscard]] std::optional<unsigned> hex_digit(char c) noexcept
{
    constexpr std::string_view digits = "0123456789abcdef";
    auto const lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    auto const at = digits.find(lower);
    return at == std::string_view::npos ? std::nullopt : std::optional{static_cast<unsigned>(at)};
}

[[nodiscard]] bool is_unreserved(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

/// Without the percent-encodings that need not be (RFC 3986, section 6.2.2.2).
[[nodiscard]] std::string decode_unreserved(std::string_view path)
{
    std::string decoded;
    while (!path.empty()) {
        auto const high = path.size() > 2 && path.front() == '%' ? hex_digit(path[1]) : std::nullopt;
        auto const low = high ? hex_digit(path[2]) : std::nullopt;
        auto const stands_for = low ? static_cast<char>((*high << 4U) | *low) : '\0';
        bool const is_encoded = is_unreserved(stands_for);
        decoded += is_encoded ? stands_for : path.front();
        path.remove_prefix(is_encoded ? 3 : 1);
    }
    return decoded;
}

/// The reference from the hub's URL as one that stands for itself: an absolute path, or a URL.
[[nodiscard]] std::string absolute(std::string_view reference)
{
    std::string text{reference};
    if (text.empty() || text.front() == '?' || text.front() == '#') {
        return hub_path + text;
    }
    if (text.front() == '\\') { // as good as a slash in URLs of the web
        text.front() = '/';
    }
    bool const is_whole = text.front() == '/' || path_of(text).has_value();
    return is_whole ? text : std::string{hub_path}.substr(0, std::string_view{hub_path}.rfind('/') + 1) + text;
}

} // namespace

bool is_reserved(std::string_view topic)
{
    topic.remove_prefix(std::min(topic.size(), topic.find_first_not_of(' ')));
    topic = topic.substr(0, topic.find_last_not_of(' ') + 1);
    auto const path = path_of(absolute(topic));
    if (!path) {
        return false;
    }
    auto const decoded = decode_unreserved(*path);
    std::string_view const hub = hub_path;
    return decoded.starts_with(hub) && (decoded.size() == hub.size() || decoded[hub.size()] == '/');
}

} // namespace sluice::server::mercure
