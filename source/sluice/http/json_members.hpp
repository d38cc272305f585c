#pragma once

#include <sluice/http/problem.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// A member of a JSON object. The value is its JSON text, exactly as written: `{"a": 1.50}` has the member `a` with the
/// value `1.50`.
struct json_member {
    std::string name;
    std::string_view value;
};

/// Reads a JSON object (RFC 8259) and returns its members in order, duplicates included. The values are views into the
/// text. A problem's detail begins with `where`.
[[nodiscard]] expected<std::vector<json_member>> parse_members(std::string_view text, std::string_view where);

/// Whether the value is a string.
[[nodiscard]] inline bool is_json_string(std::string_view value) noexcept { return value.starts_with('"'); }

/// The text that a JSON string, given with its quotes, stands for.
[[nodiscard]] std::string unescape(std::string_view json_string);

/// The JSON value without white space between its tokens; numbers and strings stay as written.
[[nodiscard]] std::string compact(std::string_view value);

/// The strings of a JSON array. Problem: the value is anything else.
[[nodiscard]] expected<std::vector<std::string>> parse_strings(std::string_view value, std::string_view name);

} // namespace sluice
