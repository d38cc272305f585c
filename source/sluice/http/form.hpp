#pragma once

#include <sluice/export.hpp>
#include <sluice/http/problem.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// Names and values in the order in which they came.
using fields = std::vector<std::pair<std::string, std::string>>;

/// Reads `application/x-www-form-urlencoded`, the form of queries too (WHATWG URL, section 5.1), but refuses what
/// the standard lets pass: a broken percent-encoding and bytes that are not UTF-8. `where` names the place in the
/// problem's detail.
[[nodiscard]] SLUICE_EXPORT expected<fields> parse_form(std::string_view text, std::string_view where);

/// Goes through what `parse_form` reads field by field, keeping none.
class SLUICE_EXPORT form_reader {
public:
    /// The text outlives the reader. `where` names the place in the problem's detail.
    form_reader(std::string_view text, std::string_view where) noexcept : rest_{text}, where_{where} {}

    /// The next field; nothing at the end. Problems are those of `parse_form`.
    [[nodiscard]] expected<std::optional<fields::value_type>> next();

private:
    std::string_view rest_;
    std::string_view where_;
};

/// The one value of the name, if it is there. Problem: it is there twice.
[[nodiscard]] SLUICE_EXPORT expected<std::optional<std::string>> single_value(fields const& from, std::string_view name,
                                                                              std::string_view where);

/// The query of a request target, as it came, without the question mark; empty: there is none.
[[nodiscard]] SLUICE_EXPORT std::string_view query_of(std::string_view target);

/// A request target taken apart (RFC 9112, section 3.2).
struct target {
    /// Percent-decoded.
    std::string path;
    /// As it came, without the question mark.
    std::string_view query;
};

/// Takes the target apart; the absolute form is served as the origin form. Problem: a broken percent-encoding.
[[nodiscard]] SLUICE_EXPORT expected<target> parse_target(std::string_view text);

} // namespace sluice
