#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

/// ", did you mean 'buffer_size'?" for a name that is nearly one of the known ones: at an edit distance of at most 2
/// from it, `-` and `_` being the same. Empty: it is near to none.
[[nodiscard]] std::string did_you_mean(std::string_view name, std::vector<std::string> const& known);

} // namespace sluice::server
