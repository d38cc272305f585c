#pragma once

#include <sluice/histogram.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::server {

/// Writes metrics, family by family, in Prometheus' text exposition format 0.0.4.
///
/// The names, units and label names are the caller's to choose well; `promtool check metrics` judges them. Help texts
/// and label values may hold anything.
class metric_families {
public:
    using labels = std::vector<std::pair<std::string, std::string>>;
    struct sample {
        labels by;
        double value;
    };

    /// A number that only grows; the name ends in `_total`.
    void counter(std::string_view name, std::string_view help, double value) { counter(name, help, {{{}, value}}); }
    void counter(std::string_view name, std::string_view help, std::vector<sample> const& samples);
    void gauge(std::string_view name, std::string_view help, double value) { gauge(name, help, {{{}, value}}); }
    void gauge(std::string_view name, std::string_view help, std::vector<sample> const& samples);
    /// `unit` is what a value of one stands for, in the unit that the name ends in.
    void add(std::string_view name, std::string_view help, histogram const& values, double unit = 1);

    /// What was written so far.
    [[nodiscard]] std::string const& text() const noexcept { return text_; }

private:
    void begin(std::string_view name, std::string_view help, std::string_view type);
    void write(std::string_view name, std::vector<sample> const& samples);

    std::string text_;
};

} // namespace sluice::server
