#include "report.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace sluice::load {
namespace {

std::string quote(std::string_view text)
{
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            quoted += '\\';
        }
        quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return quoted + '"';
}

struct table_text {
    std::string operator()(std::uint64_t figure) const { return fmt::format("{}", figure); }
    std::string operator()(double figure) const { return std::isfinite(figure) ? fmt::format("{:.2f}", figure) : "-"; }
    std::string operator()(const std::string& text) const { return text; }
};

struct json_text {
    std::string operator()(std::uint64_t figure) const { return fmt::format("{}", figure); }
    std::string operator()(double figure) const
    {
        return std::isfinite(figure) ? fmt::format("{:.6g}", figure) : "null";
    }
    std::string operator()(const std::string& text) const { return quote(text); }
};

} // namespace

void report::add(std::string key, std::string label, value figure)
{
    rows_.push_back({std::move(key), std::move(label), std::move(figure)});
}

std::string report::to_table() const
{
    std::string table;
    for (const auto& [key, label, figure] : rows_) {
        table += fmt::format("{:<44} {:>24}\n", label, std::visit(table_text{}, figure));
    }
    return table;
}

std::string report::to_json() const
{
    std::string json = "{";
    for (const auto& [key, label, figure] : rows_) {
        json += fmt::format("{}\n  {}: {}", json.size() > 1 ? "," : "", quote(key), std::visit(json_text{}, figure));
    }
    return json + "\n}\n";
}

} // namespace sluice::load
