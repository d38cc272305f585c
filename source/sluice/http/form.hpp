#pragma once

#include <sluice/export.hpp>
#include <sluice/http/problem.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// Names and values in the order in which they appear.
using form_fields = std::vector<std::pair<std::string, std::string>>;

/// Reads `application/x-www-form-urlencoded` text, which queries are too (WHATWG URL, section 5.1). Unlike the standard
/// it refuses a broken percent-encoding and bytes that are not UTF-8. `where` names the text in the problem's detail,
/// for example `the query`.
[[nodiscard]] SLUICE_EXPORT expected<form_fields> parse_form(std::string_view text, std::string_view where);

/// Reads the same text as `parse_form`, one field at a time, without keeping the earlier ones.
/// @code
/// sluice::form_reader reader{"a=1&b=2", "the query"};
/// for (auto field = reader.next(); field && *field; field = reader.next()) {
///     auto const& [name, value] = **field;
/// }
/// @endcode
class SLUICE_EXPORT form_reader {
public:
    /// Both texts outlive the reader. `where` names the text in the problem's detail.
    form_reader(std::string_view text, std::string_view where) noexcept : rest_{text}, where_{where} {}

    /// The next field; nothing at the end. Problems: those of `parse_form`.
    [[nodiscard]] expected<std::optional<form_fields::value_type>> next();

private:
    std::string_view rest_;
    std::string_view where_;
};

/// The value of the one field with the name; nothing if there is none. Problem: there are two.
[[nodiscard]] SLUICE_EXPORT expected<std::optional<std::string>>
single_value(form_fields const& from, std::string_view name, std::string_view where);

/// The query of a request target, still encoded, without the question mark; empty if there is none.
[[nodiscard]] SLUICE_EXPORT std::string_view query_of(std::string_view target);

/// The parts of a request target (RFC 9112, section 3.2).
struct target {
    /// The path, percent-decoded.
    std::string path;
    /// The query, still encoded, without the question mark.
    std::string_view query;
};

/// Splits a target into its parts. The absolute form (`http://host/path`) counts as the origin form (`/path`). Problem:
/// a broken percent-encoding.
[[nodiscard]] SLUICE_EXPORT expected<target> parse_target(std::string_view text);

} // namespace sluice
