#include "request_head.hpp"

#include "../common/http_head.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::load {
namespace {

std::string_view name_of(std::string_view field) { return field.substr(0, field.find(':')); }

} // namespace

std::string make_head(std::string_view method, std::string_view target, const std::vector<std::string>& usual,
                      const std::vector<std::string>& given)
{
    auto head = fmt::format("{} {} HTTP/1.1\r\n", method, target);
    for (const auto& field : usual) {
        const bool is_replaced = std::any_of(given.begin(), given.end(), [&](const std::string& other) {
            return equals_ignoring_case(name_of(field), name_of(other));
        });
        if (!is_replaced) {
            head.append(field).append("\r\n");
        }
    }
    for (const auto& field : given) {
        head.append(field).append("\r\n");
    }
    return head;
}

std::string check_header(const std::string& text)
{
    const auto name = name_of(text);
    if (name.empty() || name.size() == text.size() || name.find_first_of(" \t") != std::string_view::npos) {
        return "not 'Name: value': " + text;
    }
    return text.find_first_of("\r\n") == std::string::npos ? "" : "a header field is one line";
}

} // namespace sluice::load
