#pragma once

#include <sluice/export.hpp>
#include <sluice/histogram.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice {

/// The `Content-Type` of what `metric_families` writes.
inline constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

/// The value of a metric: a number, or a time, which is written in seconds.
/// @code
/// families.gauge("app_sessions", "Sessions.", sessions.size());
/// families.gauge("app_uptime_seconds", "The time since the start.", std::chrono::steady_clock::now() - start);
/// @endcode
class metric_value {
public:
    /// A number. One above 2^53 loses its last digits.
    template <class Number>
        requires std::is_arithmetic_v<Number>
    constexpr metric_value(Number number) noexcept // NOLINT(google-explicit-constructor)
        : number_{static_cast<double>(number)}
    {
    }
    /// A time, as seconds.
    template <class Rep, class Period>
    constexpr metric_value(std::chrono::duration<Rep, Period> time) noexcept // NOLINT(google-explicit-constructor)
        : number_{std::chrono::duration<double>{time}.count()}
    {
    }

    /// The number as it is written.
    [[nodiscard]] constexpr double number() const noexcept { return number_; }

private:
    double number_;
};

/// Writes metrics, one family per call, in Prometheus' text exposition format 0.0.4.
///
/// Names of families and labels are not checked here; `promtool check metrics` checks them. Help texts and label values
/// may contain any character. Not safe to use from several threads at once.
/// @code
/// sluice::metric_families families;
/// families.gauge("app_users", "Users who are logged in.", 3);
/// families.counter("app_orders_total", "Orders, by outcome.", {{.by = {{"outcome", "paid"}}, .value = 7}});
/// @endcode
class SLUICE_EXPORT metric_families {
public:
    /// The names of a sample's labels, each with its value.
    using labels = std::vector<std::pair<std::string, std::string>>;
    /// One number of a family.
    struct sample {
        /// The labels that distinguish it from the family's other samples.
        labels by;
        /// The number.
        metric_value value;
    };

    /// A number that only grows; by convention the name ends in `_total`.
    void counter(std::string_view name, std::string_view help, metric_value value)
    {
        counter(name, help, {{{}, value}});
    }
    /// Several numbers that only grow, distinguished by their labels.
    void counter(std::string_view name, std::string_view help, std::vector<sample> const& samples);
    /// A number that may also fall.
    void gauge(std::string_view name, std::string_view help, metric_value value) { gauge(name, help, {{{}, value}}); }
    /// Several numbers that may also fall, distinguished by their labels.
    void gauge(std::string_view name, std::string_view help, std::vector<sample> const& samples);
    /// A histogram. Values are multiplied by `unit`: with `1ns`, a histogram of nanoseconds is written in seconds.
    void add(std::string_view name, std::string_view help, histogram const& values, metric_value unit = 1);

    /// What has been written so far: the body of an answer with `metrics_content_type`.
    [[nodiscard]] std::string const& text() const noexcept { return text_; }

private:
    void begin(std::string_view name, std::string_view help, std::string_view type);
    void write(std::string_view name, std::vector<sample> const& samples);

    std::string text_;
};

} // namespace sluice
