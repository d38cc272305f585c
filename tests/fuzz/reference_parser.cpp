#include "reference_parser.hpp"

#include <algorithm>
#include <cstddef>

namespace sluice::test {
namespace {

/// The WHATWG Encoding Standard, 8.1.1 "UTF-8 decoder", with the error mode "replacement".
// In the steps of the standard, to be compared with it.
// NOLINTNEXTLINE(readability-function-cognitive-complexity)
std::u32string utf_8_decode(std::string_view bytes)
{
    std::u32string out;
    char32_t code_point = 0;
    int seen = 0;
    int needed = 0;
    unsigned lower = 0x80;
    unsigned upper = 0xBF;
    for (std::size_t i = 0; i < bytes.size();) {
        auto const byte = static_cast<unsigned char>(bytes[i]);
        if (needed == 0) {
            ++i;
            if (byte <= 0x7F) {
                out += static_cast<char32_t>(byte);
            } else if (byte >= 0xC2 && byte <= 0xDF) {
                needed = 1;
                code_point = byte & 0x1FU;
            } else if (byte >= 0xE0 && byte <= 0xEF) {
                lower = byte == 0xE0 ? 0xA0 : 0x80;
                upper = byte == 0xED ? 0x9F : 0xBF;
                needed = 2;
                code_point = byte & 0xFU;
            } else if (byte >= 0xF0 && byte <= 0xF4) {
                lower = byte == 0xF0 ? 0x90 : 0x80;
                upper = byte == 0xF4 ? 0x8F : 0xBF;
                needed = 3;
                code_point = byte & 0x7U;
            } else {
                out += U'\uFFFD';
            }
            continue;
        }
        if (byte < lower || byte > upper) {
            // The byte is read anew.
            code_point = 0;
            seen = needed = 0;
            lower = 0x80;
            upper = 0xBF;
            out += U'\uFFFD';
            continue;
        }
        ++i;
        lower = 0x80;
        upper = 0xBF;
        code_point = (code_point << 6U) | (byte & 0x3FU);
        if (++seen == needed) {
            out += code_point;
            code_point = 0;
            seen = needed = 0;
        }
    }
    if (needed != 0) {
        out += U'\uFFFD';
    }
    if (!out.empty() && out.front() == U'\uFEFF') {
        out.erase(0, 1);
    }
    return out;
}

std::string utf_8_encode(std::u32string_view text)
{
    std::string out;
    auto const put = [&out](char32_t byte) { out += static_cast<char>(byte); };
    for (char32_t const c : text) {
        if (c < 0x80) {
            put(c);
        } else if (c < 0x800) {
            put(0xC0 | (c >> 6U));
            put(0x80 | (c & 0x3FU));
        } else if (c < 0x10000) {
            put(0xE0 | (c >> 12U));
            put(0x80 | ((c >> 6U) & 0x3FU));
            put(0x80 | (c & 0x3FU));
        } else {
            put(0xF0 | (c >> 18U));
            put(0x80 | ((c >> 12U) & 0x3FU));
            put(0x80 | ((c >> 6U) & 0x3FU));
            put(0x80 | (c & 0x3FU));
        }
    }
    return out;
}

/// The lines that have an end: what stands behind the last is no line yet.
std::vector<std::u32string> lines_of(std::u32string const& text)
{
    std::vector<std::u32string> lines;
    std::u32string line;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == U'\r' || text[i] == U'\n') {
            lines.push_back(line);
            line.clear();
            if (text[i] == U'\r' && i + 1 < text.size() && text[i + 1] == U'\n') {
                ++i;
            }
        } else {
            line += text[i];
        }
    }
    return lines;
}

class interpreter {
public:
    void line(std::u32string const& l)
    {
        if (l.empty()) {
            dispatch();
            return;
        }
        auto const colon = l.find(U':');
        if (colon == 0) {
            return;
        }
        if (colon == std::u32string::npos) {
            field(l, {});
            return;
        }
        auto value = l.substr(colon + 1);
        if (!value.empty() && value.front() == U' ') {
            value.erase(0, 1);
        }
        field(l.substr(0, colon), value);
    }

    reference_result result;

private:
    void field(std::u32string const& name, std::u32string const& value)
    {
        if (name == U"event") {
            type_ = value;
        } else if (name == U"data") {
            data_ += value;
            data_ += U'\n';
        } else if (name == U"id") {
            if (value.find(U'\0') == std::u32string::npos) {
                id_ = value;
            }
        } else if (name == U"retry") {
            retry(value);
        }
    }

    void retry(std::u32string const& value)
    {
        if (value.empty()) {
            return;
        }
        std::uint64_t number = 0;
        for (char32_t const c : value) {
            if (c < U'0' || c > U'9') {
                return;
            }
            number = std::min<std::uint64_t>(number * 10 + (c - U'0'), 0x7FFFFFFF);
        }
        result.retry = number;
    }

    void dispatch()
    {
        result.last_event_id = utf_8_encode(id_);
        if (data_.empty()) {
            type_.clear();
            return;
        }
        data_.pop_back();
        result.events.push_back({.type = type_.empty() ? "message" : utf_8_encode(type_),
                                 .data = utf_8_encode(data_),
                                 .last_event_id = result.last_event_id});
        data_.clear();
        type_.clear();
    }

    std::u32string data_;
    std::u32string type_;
    std::u32string id_;
};

} // namespace

reference_result parse_by_reference(std::string_view stream)
{
    interpreter i;
    for (auto const& line : lines_of(utf_8_decode(stream))) {
        i.line(line);
    }
    return i.result;
}

} // namespace sluice::test
