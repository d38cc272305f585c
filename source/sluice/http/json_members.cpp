#include <sluice/http/json_members.hpp>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <fmt/format.h>

#include <cstddef>
#include <limits>

namespace sluice {
namespace {

namespace json = boost::json;

/// Takes any JSON and keeps nothing of it: the parser says whether it is JSON.
struct anything {
    static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_object_size = max_array_size;
    static constexpr std::size_t max_string_size = max_array_size;
    static constexpr std::size_t max_key_size = max_array_size;

    // NOLINTBEGIN(readability-convert-member-functions-to-static): the parser calls them on an object
    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) { return true; }
    bool on_object_end(std::size_t, error_code&) { return true; }
    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t, error_code&) { return true; }
    bool on_key_part(json::string_view, std::size_t, error_code&) { return true; }
    bool on_key(json::string_view, std::size_t, error_code&) { return true; }
    bool on_string_part(json::string_view, std::size_t, error_code&) { return true; }
    bool on_string(json::string_view, std::size_t, error_code&) { return true; }
    bool on_number_part(json::string_view, error_code&) { return true; }
    bool on_int64(std::int64_t, json::string_view, error_code&) { return true; }
    bool on_uint64(std::uint64_t, json::string_view, error_code&) { return true; }
    bool on_double(double, json::string_view, error_code&) { return true; }
    bool on_bool(bool, error_code&) { return true; }
    bool on_null(error_code&) { return true; }
    bool on_comment_part(json::string_view, error_code&) { return true; }
    bool on_comment(json::string_view, error_code&) { return true; }
    // NOLINTEND(readability-convert-member-functions-to-static)
};

[[nodiscard]] error_code check_json(std::string_view text)
{
    json::parse_options options;
    // The parser calls itself for each level.
    options.max_depth = 512;
    json::basic_parser<anything> parser{options};
    error_code ec;
    auto const parsed = parser.write_some(false, text.data(), text.size(), ec);
    if (!ec && parsed < text.size()) {
        ec = json::error::extra_data;
    }
    return ec;
}

[[nodiscard]] bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Goes through text that is known to be JSON.
class scanner {
public:
    explicit scanner(std::string_view text) noexcept : rest_{text} {}

    /// The next character that is not white space.
    [[nodiscard]] char peek() noexcept
    {
        while (is_space(rest_.front())) {
            rest_.remove_prefix(1);
        }
        return rest_.front();
    }

    /// Passes over the character if it is next.
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
    /// Passes over a string, a bracket, or anything else up to the next of these; returns how deep it is then.
    std::size_t take_token(std::size_t depth) noexcept
    {
        char const c = rest_.front();
        if (c == '"') {
            take_string();
        } else if (c == '{' || c == '[') {
            rest_.remove_prefix(1);
            return depth + 1;
        } else if (c == '}' || c == ']') {
            rest_.remove_prefix(1);
            return depth - 1;
        } else {
            // Within a container this passes over white space, colons and commas too; outside it is a literal.
            auto const end = rest_.find_first_of(depth == 0 ? ",}] \t\r\n" : "\"{}[]", 0);
            rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
        }
        return depth;
    }

    void take_string() noexcept
    {
        std::size_t end = 1;
        while (rest_[end] != '"') {
            end += rest_[end] == '\\' ? 2U : 1U;
        }
        rest_.remove_prefix(end + 1);
    }

    std::string_view rest_;
};

} // namespace

expected<std::vector<json_member>> parse_members(std::string_view text, std::string_view where)
{
    if (auto const ec = check_json(text)) {
        return bad_request(fmt::format("{} is not JSON: {}", where, ec.message()));
    }
    scanner scan{text};
    if (!scan.take('{')) {
        return bad_request(fmt::format("{} is not a JSON object", where));
    }
    std::vector<json_member> members;
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
    auto const inside = json_string.substr(1, json_string.size() - 2);
    if (inside.find('\\') == std::string_view::npos) {
        return std::string{inside};
    }
    auto const parsed = json::parse(json::string_view{json_string.data(), json_string.size()});
    auto const& text = parsed.get_string();
    return {text.data(), text.size()};
}

std::string compact(std::string_view value)
{
    std::string out;
    out.reserve(value.size());
    bool in_string = false;
    for (std::size_t i = 0; i != value.size(); ++i) {
        char const c = value[i];
        if (!in_string && is_space(c)) {
            continue;
        }
        out += c;
        if (in_string && c == '\\') {
            out += value[++i];
        } else if (c == '"') {
            in_string = !in_string;
        }
    }
    return out;
}

expected<std::vector<std::string>> parse_strings(std::string_view value, std::string_view name)
{
    problem wrong = bad_request(fmt::format("'{}' is not an array of strings", name));
    if (!value.starts_with('[')) {
        return wrong;
    }
    std::vector<std::string> strings;
    scanner scan{value.substr(1)};
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
