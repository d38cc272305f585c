#include "http_head.hpp"

#include <algorithm>
#include <charconv>

namespace sluice::load {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view trim(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return text.substr(text.size()); // empty, and still at its place
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

} // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string_view> find_header(std::string_view head, std::string_view name)
{
    for (auto end = head.find("\r\n"); end != std::string_view::npos; end = head.find("\r\n")) {
        head.remove_prefix(end + 2);
        const auto line = head.substr(0, head.find("\r\n"));
        const auto colon = line.find(':');
        if (colon != std::string_view::npos && equals_ignoring_case(line.substr(0, colon), name)) {
            return trim(line.substr(colon + 1));
        }
    }
    return std::nullopt;
}

std::optional<std::uint64_t> content_length(std::string_view head)
{
    const auto value = find_header(head, "content-length");
    if (!value) {
        return std::nullopt;
    }
    std::uint64_t length = 0;
    const auto* const end = value->data() + value->size();
    const auto [rest, error] = std::from_chars(value->data(), end, length);
    return error == std::errc() && rest == end ? std::optional(length) : std::nullopt;
}

} // namespace sluice::load
