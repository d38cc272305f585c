#include "log_line.hpp"

#include <boost/nowide/utf/utf.hpp>

#include <fmt/format.h>

#include <iterator>

namespace sluice::server {
namespace {

namespace utf = boost::nowide::utf;

/// Longer texts are cut. The log's queue is bounded in lines, and thereby in bytes.
constexpr std::size_t longest_text = 512;

[[nodiscard]] bool is_unsafe(utf::code_point c) noexcept
{
    bool const is_control = c < 0x20 || (c >= 0x7f && c <= 0x9f);
    bool const ends_line = c == 0x2028 || c == 0x2029;
    bool const turns_direction =
        c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    return is_control || ends_line || turns_direction;
}

} // namespace

std::string quote_for_log(std::string_view text)
{
    bool const is_cut = text.size() > longest_text;
    std::string quoted = "\"";
    auto const to = std::back_inserter(quoted);
    auto const* p = text.data();
    for (auto const* const end = p + (is_cut ? longest_text : text.size()); p != end;) {
        auto const* const begin = p;
        auto const c = utf::utf_traits<char>::decode(p, end);
        if (c == utf::illegal || c == utf::incomplete) {
            quoted += "\\ufffd";
        } else if (c == '"' || c == '\\') {
            quoted += {'\\', static_cast<char>(c)};
        } else if (is_unsafe(c)) {
            fmt::format_to(to, "\\u{:04x}", static_cast<unsigned>(c));
        } else {
            quoted.append(begin, p);
        }
    }
    return quoted += is_cut ? "...\"" : "\"";
}

void append_fields(std::string& to, std::span<log_field const> fields, log_format format)
{
    auto const shown = [](auto const& what) {
        using type = std::remove_cvref_t<decltype(what)>;
        if constexpr (std::is_same_v<type, std::string_view>) {
            return quote_for_log(what);
        } else if constexpr (std::is_same_v<type, double>) {
            return fmt::format("{:.6g}", what);
        } else if constexpr (std::is_same_v<type, std::monostate>) {
            return std::string{"null"};
        } else {
            return fmt::to_string(what);
        }
    };
    for (auto const& [key, value] : fields) {
        auto const text = std::visit(shown, value.value_);
        to += format == log_format::json ? fmt::format(",\"{}\":{}", key, text) : fmt::format(" {}={}", key, text);
    }
}

} // namespace sluice::server
