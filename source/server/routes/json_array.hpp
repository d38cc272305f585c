#pragma once

#include <string>
#include <vector>

namespace sluice::server {

/// The texts as a JSON array of strings.
[[nodiscard]] std::string json_array(std::vector<std::string> const& texts);

} // namespace sluice::server
