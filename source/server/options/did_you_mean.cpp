#include "did_you_mean.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace sluice::server {
namespace {

constexpr std::size_t near = 2;

[[nodiscard]] std::string unhyphened(std::string_view name)
{
    std::string text{name};
    std::ranges::replace(text, '-', '_');
    return text;
}

/// The edit distance: how many characters must be inserted, removed or replaced (Levenshtein).
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i != a.size(); ++i) {
        auto diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j != b.size(); ++j) {
            auto const replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

} // namespace

std::string did_you_mean(std::string_view name, std::vector<std::string> const& known)
{
    auto const wanted = unhyphened(name);
    std::string const* nearest = nullptr;
    auto least = near + 1;
    for (auto const& one : known) {
        // A text that is longer than any name need not be measured.
        bool const alike = std::max(one.size(), wanted.size()) - std::min(one.size(), wanted.size()) <= near;
        auto const distance = alike ? edit_distance(wanted, unhyphened(one)) : least;
        if (distance < least && one != name) {
            least = distance;
            nearest = &one;
        }
    }
    return nearest == nullptr ? std::string{} : fmt::format(", did you mean '{}'?", *nearest);
}

} // namespace sluice::server
