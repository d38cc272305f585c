#pragma once

#include "clock.hpp"
#include "options.hpp"

#include <algorithm>
#include <cstdint>

namespace sluice::load {

/// Evenly spaced moments.
class pace {
public:
    pace(clock::time_point start, double per_second) : start_(start), per_second_(per_second) {}

    /// The next moment.
    clock::time_point due() const { return start_ + to_duration(static_cast<double>(passed_) / per_second_); }
    bool is_due(clock::time_point now) const { return now >= due(); }
    void advance() { ++passed_; }
    std::uint64_t passed() const { return passed_; }

private:
    clock::time_point start_;
    double per_second_;
    std::uint64_t passed_ = 0;
};

/// How long to wait for `due`.
inline clock::duration until(clock::time_point due) { return std::max(clock::duration::zero(), due - clock::now()); }

} // namespace sluice::load
