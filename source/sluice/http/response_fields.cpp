#include <sluice/http/response_fields.hpp>

#include <sluice/http/characters.hpp>

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

[[nodiscard]] bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

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
    return !has_blank_end && std::ranges::none_of(value, is_refused_in_value);
}

void response_fields::add(std::string_view name, std::string_view value)
{
    if (!is_token(name)) {
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
