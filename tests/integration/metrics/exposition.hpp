#pragma once

#include <support/socket.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {

/// What `GET /metrics` says.
class exposition {
public:
    using labels = std::map<std::string, std::string>;
    struct sample {
        std::string name;
        labels by;
        double value;
    };
    struct family {
        std::string help;
        std::string type;
        std::vector<sample> samples;
    };

    /// Reads Prometheus' text format 0.0.4. Fails the test at whatever breaks it, or is allowed and yet odd: a family
    /// in pieces, without help or type, a sample twice, a histogram that does not add up.
    explicit exposition(std::string_view text);

    [[nodiscard]] const std::map<std::string, family>& families() const { return families_; }
    /// The value of the one sample with this name and these labels; fails the test when there is none.
    [[nodiscard]] double value(const std::string& name, const labels& by = {}) const;
    /// The sum of all samples with this name.
    [[nodiscard]] double sum(const std::string& name) const;

private:
    std::map<std::string, family> families_;
};

/// GET /metrics; fails the test unless it is answered with 200 and the format's media type.
exposition scrape(const endpoint& to);

/// Waits until the sample is as wanted.
void wait_metric(const endpoint& to, const std::string& name, const exposition::labels& by, double wanted);

} // namespace sluice::test
