#include "exposition.hpp"

#include <support/deadline.hpp>
#include <support/failure.hpp>
#include <support/http_connection.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace sluice::test {
namespace {

bool is_name(std::string_view text, std::string_view more)
{
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    const auto allowed = fmt::format("{}0123456789{}", letters, more);
    return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos &&
           (letters.find(text.front()) != std::string_view::npos || more.find(text.front()) != std::string_view::npos);
}

/// Reads the lines of an exposition into families.
class reader {
public:
    using families = std::map<std::string, exposition::family>;

    families read(std::string_view text)
    {
        if (!text.ends_with('\n')) {
            fail("a line end at the end of the metrics",
                 printable(text.substr(text.size() - std::min<std::size_t>(text.size(), 40))));
        }
        while (!text.empty()) {
            line_ = text.substr(0, text.find('\n'));
            text.remove_prefix(line_.size() + 1);
            read_line();
        }
        for (const auto& [name, family] : all_) {
            check_family(name, family);
        }
        return std::move(all_);
    }

private:
    [[noreturn]] void refuse(std::string_view expected) const
    {
        fail(fmt::format("metrics with {}", expected), printable(line_));
    }

    void read_line()
    {
        if (line_.starts_with("# HELP ")) {
            const auto [name, help] = split(line_.substr(7));
            if (all_.contains(std::string(name))) {
                refuse("each family once");
            }
            current_ = name;
            all_[current_].help = help;
        } else if (line_.starts_with("# TYPE ")) {
            const auto [name, type] = split(line_.substr(7));
            if (name != current_ || !all_.at(current_).type.empty()) {
                refuse("a HELP line before each TYPE line");
            }
            all_.at(current_).type = type;
        } else {
            read_sample();
        }
    }

    [[nodiscard]] std::pair<std::string_view, std::string_view> split(std::string_view text) const
    {
        const auto space = text.find(' ');
        if (space == std::string_view::npos || space + 1 == text.size() || !is_name(text.substr(0, space), ":")) {
            refuse("a name and a text behind it");
        }
        return {text.substr(0, space), text.substr(space + 1)};
    }

    void read_sample()
    {
        auto rest = line_;
        exposition::sample s;
        s.name = rest.substr(0, rest.find_first_of("{ "));
        rest.remove_prefix(s.name.size());
        if (!is_name(s.name, ":")) {
            refuse("a metric's name first");
        }
        if (rest.starts_with('{')) {
            rest.remove_prefix(1);
            s.by = read_labels(rest);
        }
        if (!rest.starts_with(' ')) {
            refuse("one space before the value");
        }
        s.value = read_value(rest.substr(1));
        if (!belongs_to_current(s.name)) {
            refuse("a sample below its own TYPE line");
        }
        auto& samples = all_.at(current_).samples;
        for (const auto& other : samples) {
            if (other.name == s.name && other.by == s.by) {
                refuse("each sample once");
            }
        }
        samples.push_back(std::move(s));
    }

    [[nodiscard]] exposition::labels read_labels(std::string_view& rest) const
    {
        exposition::labels found;
        while (!rest.starts_with('}')) {
            const auto name = rest.substr(0, rest.find('='));
            rest.remove_prefix(std::min(rest.size(), name.size() + 1));
            if (!is_name(name, "") || !rest.starts_with('"')) {
                refuse("labels as name=\"value\"");
            }
            rest.remove_prefix(1);
            if (!found.emplace(name, read_quoted(rest)).second) {
                refuse("each label once");
            }
            if (rest.starts_with(',') && !rest.starts_with(",}")) {
                rest.remove_prefix(1);
            } else if (!rest.starts_with('}')) {
                refuse("labels separated by commas and closed by a brace");
            }
        }
        rest.remove_prefix(1);
        return found;
    }

    [[nodiscard]] std::string read_quoted(std::string_view& rest) const
    {
        std::string value;
        for (; !rest.empty() && rest.front() != '"'; rest.remove_prefix(1)) {
            if (rest.front() == '\\') {
                rest.remove_prefix(1);
                if (rest.empty() || std::string_view("\\\"n").find(rest.front()) == std::string_view::npos) {
                    refuse("escapes in labels that are known");
                }
                value += rest.front() == 'n' ? '\n' : rest.front();
            } else {
                value += rest.front();
            }
        }
        if (rest.empty()) {
            refuse("a closing quote");
        }
        rest.remove_prefix(1);
        return value;
    }

    [[nodiscard]] double read_value(std::string_view text) const
    {
        if (text == "+Inf") {
            return std::numeric_limits<double>::infinity();
        }
        double value = 0;
        const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (ec != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
            refuse("a number as the value, and nothing behind it");
        }
        return value;
    }

    [[nodiscard]] bool belongs_to_current(std::string_view name) const
    {
        if (current_.empty() || all_.at(current_).type.empty()) {
            return false;
        }
        if (all_.at(current_).type != "histogram") {
            return name == current_;
        }
        return name == current_ + "_bucket" || name == current_ + "_sum" || name == current_ + "_count";
    }

    void check_family(const std::string& name, const exposition::family& family)
    {
        line_ = name;
        if (family.help.empty() || family.samples.empty()) {
            refuse("a help text and a sample in each family");
        }
        if (family.type == "counter") {
            if (!name.ends_with("_total") || std::ranges::any_of(family.samples, [](auto& s) { return s.value < 0; })) {
                refuse("counters that end in _total and are not negative");
            }
        } else if (family.type == "histogram") {
            check_histogram(family);
        } else if (family.type != "gauge" || name.ends_with("_total")) {
            refuse("counters, gauges and histograms, of which only counters end in _total");
        }
    }

    /// One histogram without other labels, as all of the server's are.
    void check_histogram(const exposition::family& family) const
    {
        double bound = -std::numeric_limits<double>::infinity();
        double up_to = 0;
        std::optional<double> count;
        std::optional<double> sum;
        for (const auto& s : family.samples) {
            if (s.name.ends_with("_bucket")) {
                const auto le = s.by.find("le");
                if (s.by.size() != 1 || le == s.by.end() || read_value(le->second) <= bound || s.value < up_to) {
                    refuse("buckets that grow");
                }
                bound = read_value(le->second);
                up_to = s.value;
            } else if (s.name.ends_with("_count")) {
                count = s.value;
            } else {
                sum = s.value;
            }
        }
        if (std::isfinite(bound) || count != up_to || !sum || *sum < 0) {
            refuse("a histogram with a sum and a count that is that of its last bucket, +Inf");
        }
    }

    std::string_view line_;
    std::string current_;
    families all_;
};

} // namespace

exposition::exposition(std::string_view text) : families_(reader().read(text)) {}

double exposition::value(const std::string& name, const labels& by) const
{
    for (const auto& [unused, each] : families_) {
        for (const auto& s : each.samples) {
            if (s.name == name && s.by == by) {
                return s.value;
            }
        }
    }
    fail(fmt::format("{} {} in the metrics", name, by), "no such sample");
}

double exposition::sum(const std::string& name) const
{
    double sum = 0;
    for (const auto& s : families_.at(name).samples) {
        sum += s.value;
    }
    return sum;
}

exposition scrape(const endpoint& to)
{
    const auto response = get(to, "/metrics");
    const auto type = response.headers.get("Content-Type");
    if (response.status != 200 || type != "text/plain; version=0.0.4; charset=utf-8") {
        fail("200 and text/plain; version=0.0.4 from GET /metrics", fmt::format("{} {}", response.status, type));
    }
    return exposition(response.body);
}

void wait_metric(const endpoint& to, const std::string& name, const exposition::labels& by, double wanted)
{
    double now = 0;
    try {
        eventually(name, [&] {
            now = scrape(to).value(name, by);
            return now == wanted;
        });
    } catch (const test_failure& failure) {
        throw test_failure(fmt::format("{} is {} and does not become {}: {}", name, now, wanted, failure.what()));
    }
}

} // namespace sluice::test
