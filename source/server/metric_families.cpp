#include "metric_families.hpp"

#include <cstdint>

namespace sluice::server {

using prometheus::ClientMetric;
using prometheus::MetricType;

namespace {

[[nodiscard]] ClientMetric labelled(metric_families::labels const& by)
{
    ClientMetric m;
    for (auto const& [name, value] : by) {
        m.label.push_back({name, value});
    }
    return m;
}

} // namespace

prometheus::MetricFamily& metric_families::begin(std::string name, std::string help, MetricType type)
{
    return all_.emplace_back(
        prometheus::MetricFamily{.name = std::move(name), .help = std::move(help), .type = type, .metric = {}});
}

void metric_families::counter(std::string name, std::string help, std::vector<sample> const& samples)
{
    auto& family = begin(std::move(name), std::move(help), MetricType::Counter);
    for (auto const& s : samples) {
        family.metric.push_back(labelled(s.by));
        family.metric.back().counter.value = s.value;
    }
}

void metric_families::gauge(std::string name, std::string help, std::vector<sample> const& samples)
{
    auto& family = begin(std::move(name), std::move(help), MetricType::Gauge);
    for (auto const& s : samples) {
        family.metric.push_back(labelled(s.by));
        family.metric.back().gauge.value = s.value;
    }
}

void metric_families::add(std::string name, std::string help, histogram const& values, double unit)
{
    auto& told = begin(std::move(name), std::move(help), MetricType::Histogram).metric.emplace_back().histogram;
    told.sample_count = values.count();
    told.sample_sum = values.sum() * unit;
    std::uint64_t up_to = 0;
    for (std::size_t i = 0; i != values.bounds().size(); ++i) {
        up_to += values.counts()[i];
        told.bucket.push_back(
            {.cumulative_count = up_to, .upper_bound = static_cast<double>(values.bounds()[i]) * unit});
    }
}

} // namespace sluice::server
