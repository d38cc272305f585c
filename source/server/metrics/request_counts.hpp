#pragma once

#include <sluice/fan_out/shard_counters.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::server {

/// Counts requests by route and status. One thread counts, any thread may read.
class request_counts {
public:
    /// The paths that have a row of their own, as they are registered with the router. One more row is for all others,
    /// whether unknown or never read.
    static constexpr std::array<std::string_view, 13> routes{
        "/events", "/publish", "/broadcast",    "/send",    "/disconnect", "/sessions", "/sessions/{}",
        "/stats",  "/metrics", "/stats/stream", "/healthz", "/readyz",     "/"};
    /// The statuses that have a column of their own. One more column is for all others.
    static constexpr std::array<unsigned, 18> statuses{200, 201, 204, 400, 401, 403, 404, 405, 406,
                                                       408, 409, 413, 415, 422, 429, 431, 501, 503};

    using table = std::array<std::array<std::uint64_t, statuses.size() + 1>, routes.size() + 1>;

    /// Counts an answer to a request for this path.
    void add(std::string_view path, unsigned status) noexcept
    {
        counts_[index_of(routes, path)][index_of(statuses, status)].add(1);
    }

    /// Adds the counts to a sum over several counters.
    void add_to(table& sums) const noexcept
    {
        for (std::size_t row = 0; row != counts_.size(); ++row) {
            std::ranges::transform(counts_[row], sums[row], sums[row].begin(),
                                   [](counter const& n, std::uint64_t sum) { return sum + n.get(); });
        }
    }

    /// The row of a path or the column of a status; the extra one for all others.
    template <class T, std::size_t N>
    [[nodiscard]] static constexpr std::size_t index_of(std::array<T, N> const& known, T const& wanted) noexcept
    {
        return static_cast<std::size_t>(std::ranges::find(known, wanted) - known.begin());
    }

private:
    std::array<std::array<counter, statuses.size() + 1>, routes.size() + 1> counts_;
};

} // namespace sluice::server
