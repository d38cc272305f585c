#pragma once

#include "declaration.hpp"

#include <string>
#include <vector>

namespace sluice::server {

/// The value that one source gives for an option.
struct given_option {
    declaration const* option;
    std::vector<std::string> values;
    /// Its name there, for errors: `--retry`, `SLUICE_RETRY`, `/etc/sluice.toml: line 3: retry`.
    std::string where;
};

using given_options = std::vector<given_option>;

/// Splits the values of a repeatable option that are given as one text, separated by commas.
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
