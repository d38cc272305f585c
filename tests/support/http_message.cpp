#include <support/http_message.hpp>

#include <support/failure.hpp>

#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::test {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t");
    return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view take_line(std::string_view& rest)
{
    const auto end = rest.find("\r\n");
    const auto line = rest.substr(0, end);
    if (end == std::string_view::npos || line.find_first_of("\r\n") != std::string_view::npos) {
        fail("header lines that end with CR LF", printable(rest));
    }
    rest.remove_prefix(end + 2);
    return line;
}

void parse_status_line(std::string_view line, http_response& into)
{
    const bool shape = line.size() >= 13 && line.starts_with("HTTP/1.") && line[8] == ' ' && line[12] == ' ';
    const auto* code = line.data() + 9;
    if (!shape || std::from_chars(code, code + 3, into.status).ptr != code + 3) {
        fail("a status line of HTTP/1.x", printable(line));
    }
    into.version = line.substr(5, 3);
    into.reason = line.substr(13);
}

} // namespace

bool equal_ignoring_case(std::string_view left, std::string_view right)
{
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

std::optional<std::string> header_fields::find(std::string_view name) const
{
    const auto found = std::find_if(fields_.begin(), fields_.end(),
                                    [&](const field& each) { return equal_ignoring_case(each.first, name); });
    return found == fields_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> header_fields::all(std::string_view name) const
{
    std::vector<std::string> values;
    for (const auto& [key, value] : fields_) {
        if (equal_ignoring_case(key, name)) {
            values.push_back(value);
        }
    }
    return values;
}

std::string http_request::to_bytes(std::string_view host) const
{
    auto bytes = fmt::format("{} {} HTTP/{}\r\n", method, target, version);
    if (!headers.has("Host")) {
        bytes += fmt::format("Host: {}\r\n", host);
    }
    for (const auto& [name, value] : headers) {
        bytes += fmt::format("{}: {}\r\n", name, value);
    }
    const bool has_length = headers.has("Content-Length") || headers.has("Transfer-Encoding");
    const bool wants_length = !body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
    if (wants_length && !has_length) {
        bytes += fmt::format("Content-Length: {}\r\n", body.size());
    }
    return bytes + "\r\n" + body;
}

boost::json::value http_response::json() const { return parse_json(body); }

boost::json::value parse_json(std::string_view text)
{
    boost::json::error_code error;
    auto value = boost::json::parse(boost::json::string_view(text.data(), text.size()), error);
    if (error) {
        fail("JSON", fmt::format("{}: {}", error.message(), printable(text)));
    }
    return value;
}

http_response parse_response_head(std::string_view head)
{
    http_response response;
    parse_status_line(take_line(head), response);
    for (auto line = take_line(head); !line.empty(); line = take_line(head)) {
        const auto colon = line.find(':');
        const auto name = line.substr(0, colon);
        if (colon == std::string_view::npos || name.empty() || name.find_first_of(" \t") != std::string_view::npos) {
            fail("a header field", printable(line));
        }
        response.headers.add(std::string(name), std::string(trimmed(line.substr(colon + 1))));
    }
    return response;
}

std::string percent_encode(std::string_view text)
{
    constexpr std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    std::string out;
    for (const char c : text) {
        if (unreserved.find(c) != std::string_view::npos) {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

} // namespace sluice::test
