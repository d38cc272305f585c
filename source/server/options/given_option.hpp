#pragma once

#include "declaration.hpp"

#include <string>
#include <vector>

namespace sluice::server {

/// What one source says of an option.
struct given_option {
    declaration const* option;
    std::vector<std::string> values;
    /// What it is called there, for who reads an error: `--retry`, `SLUICE_RETRY`, `/etc/sluice.toml: line 3: retry`.
    std::string where;
};

using given_options = std::vector<given_option>;

/// The values of a repeatable option that are given as one, separated by commas.
[[nodiscard]] inline std::vector<std::string> split_list(std::string_view text)
{
    std::vector<std::string> values;
    while (!text.empty()) {
        auto const comma = text.find(',');
        values.emplace_back(text.substr(0, comma));
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    }
    return values;
}

} // namespace sluice::server
