#include "fleet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace sluice::load {
namespace {

constexpr std::size_t max_opening = 128;         // well below any listener's backlog
constexpr std::size_t streams_per_source = 5000; // well below the ephemeral ports of one source address
constexpr std::chrono::milliseconds poll_limit{50};

} // namespace

std::chrono::nanoseconds fleet::open(const endpoint& server, std::size_t count, std::chrono::nanoseconds deadline)
{
    const auto start = clock::now();
    while (counts_.ready < count) {
        while (streams_.size() < count && opening() < max_opening) {
            const auto source = static_cast<unsigned>(streams_.size() / streams_per_source);
            streams_.emplace_back(settings_, counts_).connect(loop_, server, source);
        }
        loop_.poll(poll_limit);
        if (counts_.failed > 0 || counts_.closed > 0) {
            throw std::runtime_error(fmt::format("a stream failed while {} of {} were open: {}", counts_.ready, count,
                                                 counts_.first_failure));
        }
        if (clock::now() - start > deadline) {
            throw std::runtime_error(fmt::format("only {} of {} streams were ready in time", counts_.ready, count));
        }
    }
    return clock::now() - start;
}

void fleet::drain(std::chrono::nanoseconds limit)
{
    const auto deadline = clock::now() + limit;
    while (!has_everything() && counts_.closed < streams_.size() && clock::now() < deadline) {
        loop_.poll(poll_limit);
    }
}

std::uint64_t fleet::lost() const
{
    std::uint64_t sum = 0;
    for (const auto& each : streams_) {
        sum += each.lost(counts_.published);
    }
    return sum;
}

} // namespace sluice::load
