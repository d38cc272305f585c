#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

/// Breaks the text at spaces into lines of at most this many characters. A longer word gets a line of its own.
[[nodiscard]] inline std::vector<std::string> wrap(std::string_view text, std::size_t width)
{
    std::vector<std::string> lines;
    while (!text.empty()) {
        auto const word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        if (lines.empty() || lines.back().size() + 1 + word.size() > width) {
            lines.emplace_back(word);
        } else {
            lines.back().append(" ").append(word);
        }
    }
    return lines;
}

} // namespace sluice::server
