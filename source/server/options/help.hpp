#pragma once

#include <string>

namespace sluice::server {

/// The text for `--help`: every option under the heading of its group, with its default.
[[nodiscard]] std::string help_text();

} // namespace sluice::server
