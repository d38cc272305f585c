#pragma once

#include <sluice/fan_out/shard_counters.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::server {

/// Requests to publish, by route and by how they were answered. One thread counts, any thread reads.
class publish_counts {
public:
    static constexpr std::array<std::string_view, 2> routes{"/broadcast", "/send"};
    /// The statuses that are told apart; one more counter has all others.
    static constexpr std::array<unsigned, 9> statuses{200, 400, 401, 403, 404, 408, 413, 415, 503};

    /// Counts the answer, if the path is one to publish by.
    void add(std::string_view path, unsigned status) noexcept
    {
        auto const* const route = std::ranges::find(routes, path);
        if (route != routes.end()) {
            auto const column = std::ranges::find(statuses, status) - statuses.begin();
            counts_[static_cast<std::size_t>(route - routes.begin())][static_cast<std::size_t>(column)].add(1);
        }
    }

    /// How many there were of the route and status, by their indices.
    [[nodiscard]] std::uint64_t get(std::size_t route, std::size_t status) const noexcept
    {
        return counts_[route][status].get();
    }

private:
    std::array<std::array<counter, statuses.size() + 1>, routes.size()> counts_;
};

} // namespace sluice::server
