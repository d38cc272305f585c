#pragma once

#include <sluice/error.hpp>
#include <sluice/fan_out/shard_counters.hpp>
#include <sluice/fan_out/shared_state.hpp>
#include <sluice/observer.hpp>
#include <sluice/session/replay.hpp>
#include <sluice/session/session.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace sluice {

/// Counts what happens on a shard, and tells the broker's observer. Confined to the shard's thread, except for reading
/// the counters.
class reports {
public:
    explicit reports(shared_state const& shared) noexcept : shared_{shared} {}

    [[nodiscard]] shard_counters& counters() noexcept { return counters_; }
    [[nodiscard]] shard_counters const& counters() const noexcept { return counters_; }
    [[nodiscard]] std::string handle_of(session const& s) const { return shared_.handles.handle_of(s.id()); }

    void session_began(session const& s, bool minted);
    /// `waiting` events waited for it.
    void session_expired(session const& s, std::uint64_t waiting);
    /// A claim failed the ownership check.
    void claim_rejected(session const& s, session_meta const& claimant) const;
    void taken_over(session const& s, session_meta const& claimant) const;
    /// The session has just begun to reconnect too often.
    void thrashing(session const& s);
    /// A limit was reached.
    void limit_reached(errc limit, std::size_t most) const;
    /// A stream was refused, for whatever reason.
    void stream_refused(error_code reason) noexcept;
    void stream_opened(session const& s, stream_opening const& how);
    /// A stream continues where another one ended.
    void replay_began(replay_plan const& plan) noexcept;
    void stream_ended(session const& s, stream_ending const& how);
    void slow_consumer_cut(session const& s, slow_consumer const& how) const;
    void memory_short() const;
    /// The window was short of memory this often in all; each new time counts as `memory_short`.
    void window_shortages(std::uint64_t all);

private:
    /// Calls `f(observer&)`, if there is an observer. Its exceptions are ignored, and nothing is undone for them.
    template <class F>
    void tell(F f) const noexcept
    {
        if (shared_.watcher != nullptr) {
            try {
                f(*shared_.watcher);
            } catch (...) { // NOLINT(bugprone-empty-catch): as it says above
            }
        }
    }

    shared_state const& shared_;
    shard_counters counters_;
    std::uint64_t shortages_told_ = 0;
};

} // namespace sluice
