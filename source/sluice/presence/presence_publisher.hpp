#pragma once

#include <sluice/error.hpp>
#include <sluice/fan_out/closed_topics.hpp>
#include <sluice/fan_out/shared_state.hpp>
#include <sluice/presence/presence_change.hpp>
#include <sluice/presence/presence_ledger.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>
#include <vector>

namespace sluice {

/// Publishes who comes to the topics of one home, and who leaves them: private events of the type `presence` about
/// `presence/<topic>`. Confined to the thread of the shard that is their home. It never waits: where the ring has no
/// room, it tries again a moment later. A topic of such events that a publisher has closed gets none.
class presence_publisher {
public:
    using clock = std::chrono::steady_clock;

    presence_publisher(boost::asio::any_io_executor const& executor, shared_state& all) : all_{all}, timer_{executor} {}

    /// Shards tell of changes. Call `publish` after it.
    void note(std::vector<presence_change> const& changes) noexcept;
    /// Publishes what is due. Returns whether it put anything into the ring, or found no room there. Call `arm` after
    /// it.
    [[nodiscard]] bool publish() noexcept;
    /// Has `on_due` called when something is due next. Where memory is too short for that, the next `arm` does it.
    template <class F>
    void arm(F on_due) noexcept
    {
        if (next() >= armed_for_) {
            return;
        }
        try {
            timer_.expires_at(next());
            timer_.async_wait([f = std::move(on_due)](error_code ec) mutable {
                if (!ec) {
                    f();
                }
            });
            armed_for_ = next();
        } catch (std::exception const&) {
            armed_for_ = clock::time_point::max();
        }
    }
    void cancel() { timer_.cancel(); }

private:
    [[nodiscard]] clock::time_point next() const noexcept { return std::min(ledger_.next(), retry_at_); }
    [[nodiscard]] push_outcome push(presence_change const& c) noexcept;

    shared_state& all_;
    presence_ledger ledger_;
    boost::asio::steady_timer timer_;
    clock::time_point armed_for_ = clock::time_point::max();
    /// When what found no room is tried again.
    clock::time_point retry_at_ = clock::time_point::max();
};

} // namespace sluice
