#include <sluice/metric_families.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

namespace sluice {
namespace {

/// Escapes the characters that would end a help text or, with `quote`, a label's value.
[[nodiscard]] std::string escaped(std::string_view text, bool quote)
{
    std::string out;
    out.reserve(text.size());
    for (char const c : text) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '\\' || (quote && c == '"')) {
            out += '\\';
        }
        out += c;
    }
    return out;
}

[[nodiscard]] std::string written(metric_families::labels const& by)
{
    std::string out;
    for (auto const& [name, value] : by) {
        fmt::format_to(std::back_inserter(out), "{}{}=\"{}\"", out.empty() ? '{' : ',', name, escaped(value, true));
    }
    return out.empty() ? out : out + '}';
}

} // namespace

void metric_families::begin(std::string_view name, std::string_view help, std::string_view type)
{
    fmt::format_to(std::back_inserter(text_), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, escaped(help, false), type);
}

void metric_families::write(std::string_view name, std::vector<sample> const& samples)
{
    for (auto const& s : samples) {
        fmt::format_to(std::back_inserter(text_), "{}{} {}\n", name, written(s.by), s.value.number());
    }
}

void metric_families::counter(std::string_view name, std::string_view help, std::vector<sample> const& samples)
{
    begin(name, help, "counter");
    write(name, samples);
}

void metric_families::gauge(std::string_view name, std::string_view help, std::vector<sample> const& samples)
{
    begin(name, help, "gauge");
    write(name, samples);
}

void metric_families::add(std::string_view name, std::string_view help, histogram const& values, metric_value unit)
{
    begin(name, help, "histogram");
    auto const out = std::back_inserter(text_);
    std::uint64_t up_to = 0;
    for (std::size_t i = 0; i != values.bounds().size(); ++i) {
        up_to += values.counts()[i];
        fmt::format_to(out, "{}_bucket{{le=\"{}\"}} {}\n", name,
                       static_cast<double>(values.bounds()[i]) * unit.number(), up_to);
    }
    fmt::format_to(out, "{0}_bucket{{le=\"+Inf\"}} {1}\n{0}_sum {2}\n{0}_count {1}\n", name, values.count(),
                   values.sum() * unit.number());
}

} // namespace sluice
