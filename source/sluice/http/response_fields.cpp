#include <sluice/http/response_fields.hpp>

#include <boost/algorithm/string/predicate.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace sluice {
namespace {

/// The fields that frame a message, and those that sluice sets on a stream itself.
constexpr std::array<std::string_view, 10> own_fields{
    "Cache-Control", "Connection",        "Content-Encoding", "Content-Length", "Content-Type",
    "Date",          "Transfer-Encoding", "X-SSE-Session-ID", "Upgrade",        "Trailer"};

/// RFC 9110, section 5.6.2.
[[nodiscard]] bool is_token_character(char c) noexcept
{
    bool const is_alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return is_alphanumeric || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

[[nodiscard]] bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

[[nodiscard]] bool is_control(char c) noexcept
{
    auto const byte = static_cast<unsigned char>(c);
    return (byte < 0x20U && c != '\t') || byte == 0x7FU;
}

} // namespace

response_fields::response_fields(std::initializer_list<std::pair<std::string_view, std::string_view>> fields)
{
    for (auto const& [name, value] : fields) {
        add(name, value);
    }
}

bool response_fields::is_value(std::string_view value) noexcept
{
    bool const has_blank_end = !value.empty() && (is_blank(value.front()) || is_blank(value.back()));
    return !has_blank_end && std::ranges::none_of(value, is_control);
}

void response_fields::add(std::string_view name, std::string_view value)
{
    if (name.empty() || !std::ranges::all_of(name, is_token_character)) {
        throw std::invalid_argument(fmt::format("sluice: '{}' is not the name of a header field", name));
    }
    if (std::ranges::any_of(own_fields, [name](auto own) { return boost::algorithm::iequals(own, name); })) {
        throw std::invalid_argument(fmt::format("sluice: an application cannot set the header field {}", name));
    }
    if (!is_value(value)) {
        throw std::invalid_argument(fmt::format(
            "sluice: the value of the header field {} has a control character, or a blank at either end", name));
    }
    text_.append(name).append(": ").append(value).append("\r\n");
}

} // namespace sluice
