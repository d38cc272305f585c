#pragma once

#include <sluice/http/problem.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// A member of a JSON object, its value as it was written.
struct json_member {
    std::string name;
    std::string_view value;
};

/// The members of the JSON object (RFC 8259) that the text is, in order, those given twice too. The values refer to
/// the text. `where` begins the problem's detail.
[[nodiscard]] expected<std::vector<json_member>> parse_members(std::string_view text, std::string_view where);

/// Whether the value is a string.
[[nodiscard]] inline bool is_json_string(std::string_view value) noexcept { return value.starts_with('"'); }

/// What the JSON string, quotes included, stands for.
[[nodiscard]] std::string unescape(std::string_view json_string);

/// The JSON value without white space outside of strings; numbers and strings stay as written.
[[nodiscard]] std::string compact(std::string_view value);

/// The strings of a JSON array. Problem: it is something else.
[[nodiscard]] expected<std::vector<std::string>> parse_strings(std::string_view value, std::string_view name);

} // namespace sluice
