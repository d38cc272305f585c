#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

/// Returns ", did you mean 'buffer_size'?" if the name is within an edit distance of 2 of a known one, counting `-` and
/// `_` as equal; otherwise an empty text.
[[nodiscard]] std::string did_you_mean(std::string_view name, std::vector<std::string> const& known);

} // namespace sluice::server
