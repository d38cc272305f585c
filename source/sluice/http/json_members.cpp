#include <sluice/http/json_members.hpp>

#include <sluice/http/json_handler.hpp>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/nowide/utf/utf.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <iterator>

namespace sluice {
namespace {

namespace json = boost::json;

[[nodiscard]] error_code check_json(std::string_view text)
{
    json::parse_options options;
    // The parser recurses once per level.
    options.max_depth = 512;
    json::basic_parser<json_handler> parser{options};
    error_code ec;
    auto const parsed = parser.write_some(false, text.data(), text.size(), ec);
    if (!ec && parsed < text.size()) {
        ec = json::error::extra_data;
    }
    return ec;
}

[[nodiscard]] bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
[[nodiscard]] bool is_bracket(char c) noexcept { return c == '{' || c == '}' || c == '[' || c == ']'; }
[[nodiscard]] bool is_bracket_or_quote(char c) noexcept { return c == '"' || is_bracket(c); }
[[nodiscard]] bool ends_literal(char c) noexcept { return c == ',' || c == '}' || c == ']' || is_space(c); }

/// The size of the JSON string at the start of the text, with its quotes.
[[nodiscard]] std::size_t string_size(std::string_view text) noexcept
{
    // It searches for the next quote only once it has passed the last one: no byte is searched more than twice.
    auto quote = text.find('"', 1);
    for (std::size_t from = 1; from < quote;) {
        auto const escape = text.substr(from, quote - from).find('\\');
        if (escape == std::string_view::npos) {
            break;
        }
        from += escape + 2;
        quote = from > quote ? text.find('"', from) : quote;
    }
    return quote + 1;
}

[[nodiscard]] std::uint32_t hex_value(std::string_view digits)
{
    std::uint32_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    return value;
}

/// Decodes the escape, or pair of surrogates, at the start of the text, appends what it stands for, and returns its
/// size.
std::size_t append_escaped(std::string& to, std::string_view text)
{
    constexpr std::string_view names = "bfnrt";
    constexpr std::string_view controls = "\b\f\n\r\t";
    if (text[1] != 'u') {
        auto const i = names.find(text[1]);
        to += i == std::string_view::npos ? text[1] : controls[i];
        return 2;
    }
    auto point = hex_value(text.substr(2, 4));
    bool const pair = point >= 0xd800 && point < 0xe000;
    if (pair) {
        point = 0x10000 + ((point - 0xd800) << 10U) + (hex_value(text.substr(8, 4)) - 0xdc00);
    }
    boost::nowide::utf::utf_traits<char>::encode(point, std::back_inserter(to));
    return pair ? 12 : 6;
}

/// Walks through text that is known to be JSON.
class json_scanner {
public:
    explicit json_scanner(std::string_view text) noexcept : rest_{text} {}

    /// The next character that is not white space.
    [[nodiscard]] char peek() noexcept
    {
        while (is_space(rest_.front())) {
            rest_.remove_prefix(1);
        }
        return rest_.front();
    }

    /// Skips the character if it is next.
    bool take(char c) noexcept
    {
        bool const found = peek() == c;
        rest_.remove_prefix(found ? 1 : 0);
        return found;
    }

    [[nodiscard]] std::string_view take_value() noexcept
    {
        (void)peek();
        auto const all = rest_;
        std::size_t depth = 0;
        do {
            depth = take_token(depth);
        } while (depth != 0);
        return all.substr(0, all.size() - rest_.size());
    }

private:
    /// Skips a string, a bracket, or anything else up to the next of these. Returns the depth of nesting after it.
    std::size_t take_token(std::size_t depth) noexcept
    {
        char const c = rest_.front();
        if (c == '"') {
            rest_.remove_prefix(string_size(rest_));
        } else if (c == '{' || c == '[') {
            rest_.remove_prefix(1);
            return depth + 1;
        } else if (c == '}' || c == ']') {
            rest_.remove_prefix(1);
            return depth - 1;
        } else {
            // Inside a container this skips white space, colons and commas too; outside it is a literal.
            auto const* const end = depth == 0 ? std::ranges::find_if(rest_, ends_literal)
                                               : std::ranges::find_if(rest_, is_bracket_or_quote);
            rest_.remove_prefix(static_cast<std::size_t>(end - rest_.begin()));
        }
        return depth;
    }

    std::string_view rest_;
};

} // namespace

expected<std::vector<json_member>> parse_members(std::string_view text, std::string_view where)
{
    if (auto const ec = check_json(text)) {
        return bad_request(fmt::format("{} is not JSON: {}", where, ec.message()));
    }
    json_scanner scan{text};
    if (!scan.take('{')) {
        return bad_request(fmt::format("{} is not a JSON object", where));
    }
    std::vector<json_member> members;
    members.reserve(4);
    while (!scan.take('}')) {
        auto name = unescape(scan.take_value());
        scan.take(':');
        members.push_back({std::move(name), scan.take_value()});
        scan.take(',');
    }
    return members;
}

std::string unescape(std::string_view json_string)
{
    auto rest = json_string.substr(1, json_string.size() - 2);
    std::string text;
    text.reserve(rest.size());
    for (;;) {
        auto const plain = rest.substr(0, rest.find('\\'));
        text += plain;
        rest.remove_prefix(plain.size());
        if (rest.empty()) {
            return text;
        }
        rest.remove_prefix(append_escaped(text, rest));
    }
}

std::string compact(std::string_view value)
{
    std::string out;
    out.reserve(value.size());
    for (;;) {
        auto const outside = value.substr(0, value.find('"'));
        std::ranges::remove_copy_if(outside, std::back_inserter(out), is_space);
        value.remove_prefix(outside.size());
        if (value.empty()) {
            return out;
        }
        auto const size = string_size(value);
        out += value.substr(0, size);
        value.remove_prefix(size);
    }
}

expected<std::vector<std::string>> parse_strings(std::string_view value, std::string_view name)
{
    problem wrong = bad_request(fmt::format("'{}' is not an array of strings", name));
    if (!value.starts_with('[')) {
        return wrong;
    }
    std::vector<std::string> strings;
    json_scanner scan{value.substr(1)};
    while (!scan.take(']')) {
        auto const element = scan.take_value();
        if (!is_json_string(element)) {
            return wrong;
        }
        strings.push_back(unescape(element));
        scan.take(',');
    }
    return strings;
}

} // namespace sluice
