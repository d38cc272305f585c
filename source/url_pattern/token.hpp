#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace sluice::url_pattern {

enum class token_type { open, close, regexp, name, character, escaped, modifier, asterisk, end, invalid };

/// A piece of a pattern's text.
struct token {
    token_type type;
    /// Where it begins in the text.
    std::size_t index;
    /// What it says: a name without its colon, an expression without its parentheses.
    std::string_view value;
};

/// What is done at a text that is no token. The constructor string's parser passes over it, as only the parts that it
/// finds have to be right.
enum class token_policy { strict, lenient };

/// The text's tokens; the last one is `end`. The text, which is UTF-8, outlives them.
/// Throws `refused` under the strict policy.
[[nodiscard]] std::vector<token> tokenize(std::string_view text, token_policy policy);

} // namespace sluice::url_pattern
