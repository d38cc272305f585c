#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::load {

/// The figures of a run in the order in which they are shown: a table for people, JSON for programs.
class report {
public:
    using value = std::variant<std::uint64_t, double, std::string>;

    /// A double that is no finite number stands for a figure that could not be had: `-` in the table, null in JSON.
    /// `key` names the figure and its unit in JSON (`latency_p99_us`), `label` in the table.
    void add(std::string key, std::string label, value figure);

    std::string to_table() const;
    /// One object, one member a line.
    std::string to_json() const;

private:
    struct row {
        std::string key;
        std::string label;
        value figure;
    };
    std::vector<row> rows_;
};

} // namespace sluice::load
