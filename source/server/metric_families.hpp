#pragma once

#include <sluice/histogram.hpp>

#include <prometheus/metric_family.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace sluice::server {

/// Puts metrics together by name, as Prometheus' exposition has them.
class metric_families {
public:
    using labels = std::vector<std::pair<std::string, std::string>>;
    struct sample {
        labels by;
        double value;
    };

    /// A number that only grows; the name ends in `_total`.
    void counter(std::string name, std::string help, double value)
    {
        counter(std::move(name), std::move(help), {{{}, value}});
    }
    void counter(std::string name, std::string help, std::vector<sample> const& samples);
    void gauge(std::string name, std::string help, double value)
    {
        gauge(std::move(name), std::move(help), {{{}, value}});
    }
    void gauge(std::string name, std::string help, std::vector<sample> const& samples);
    /// `unit` is what a value of one stands for, in the unit that the name ends in.
    void add(std::string name, std::string help, histogram const& values, double unit = 1);

    [[nodiscard]] std::vector<prometheus::MetricFamily> const& all() const noexcept { return all_; }

private:
    prometheus::MetricFamily& begin(std::string name, std::string help, prometheus::MetricType type);

    std::vector<prometheus::MetricFamily> all_;
};

} // namespace sluice::server
