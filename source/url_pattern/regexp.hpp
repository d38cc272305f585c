#pragma once

#include <string>
#include <string_view>

namespace sluice::url_pattern {

/// An ECMAScript regular expression (flag `v`), without its slashes, as an RE2 expression that matches the same texts
/// of visible ASCII and spaces, which is all that a canonical URL consists of; it never matches a line end, and a line
/// end counts as the text's end. Groups do not capture. Throws `refused`, at a place of the text, for what is no such
/// expression, for what cannot be matched in linear time (look-around, back-references, more than 1,000 repetitions)
/// and for what is not translated: modifiers as `(?i:…)`,
/// `\q{…}`, and properties other than general categories by their short names, `Any`, `ASCII` and `Alphabetic`.
[[nodiscard]] std::string translate_regexp(std::string_view text);

} // namespace sluice::url_pattern
