#pragma once

#include <sluice/session/session_id.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace sluice {

/// The right to claim, end or look up a session, which one operation at a time has. It ends with the last copy,
/// wherever and however that is destroyed, so that nothing can keep it.
using claim_turn = std::shared_ptr<void>;

/// Says on which shard a session lives, for the ids whose home (`home_of`) is this shard. A session lives on the shard
/// of its connection, so it moves when another shard's connection claims it; its entry stays at home.
///
/// It also knows the sessions of other homes that have ended here and whose homes may not have taken note, so that
/// there is always one shard that notes the loss of an event for a session which is gone. Confined to the shard's
/// thread.
///
/// Example: a connection on shard 1 claims a session of shard 0. On shard 0, `try_take` gives the claim its turn; the
/// session moves, and `note(id, 1)` says so. When it expires on shard 1, that shard calls `note_ended` and has shard 0
/// call `forget(id, 1)`; once that is done, shard 1 calls `note_forgotten`.
class registry {
public:
    /// `here` is the shard's index.
    explicit registry(std::size_t here) noexcept : here_{here} {}

    /// @name At home
    /// @{
    /// The shard that the session lives on; this one also if there is no such session.
    [[nodiscard]] std::size_t where_is(session_id id) const noexcept;
    [[nodiscard]] bool is_elsewhere(session_id id) const noexcept { return where_is(id) != here_; }
    /// The number of the note that the session lives elsewhere: as long as it is the same, the session has not moved; 0
    /// if there is none.
    [[nodiscard]] std::uint64_t note_of(session_id id) const noexcept;
    /// Whether an operation has its turn.
    [[nodiscard]] bool is_taken(session_id id) const noexcept;
    /// Gives the turn to an operation; null while another one has it. Throws `std::bad_alloc`.
    [[nodiscard]] claim_turn try_take(session_id id);
    /// The session lives on that shard from now on. REQUIRES: the caller has the turn.
    void note(session_id id, std::size_t shard) noexcept;
    /// The session has ended on that shard. If it has begun elsewhere since, this does nothing.
    void forget(session_id id, std::size_t shard) noexcept;
    /// An operation has had its turn: forgets what only that needed.
    void tidy(session_id id) noexcept;
    /// The same for every session whose turn ended without notice, because memory was short.
    void tidy_all() noexcept;
    /// @}

    /// @name For sessions of other homes
    /// @{
    /// A session has ended here. Returns the number of the end, because another session may begin under the id and end
    /// too. Throws `std::bad_alloc`.
    std::uint64_t note_ended(session_id id) { return ended_[id] = ++ends_; }
    /// Its home knows of that end, and no event is under way that its home does not note itself.
    void note_forgotten(session_id id, std::uint64_t end) noexcept;
    /// Whether an event for the session may be under way that its home does not note as lost.
    [[nodiscard]] bool has_ended(session_id id) const noexcept { return !ended_.empty() && ended_.contains(id); }
    /// Calls `f(session_id, end)` for each such session.
    template <class F>
    void for_each_ended(F f) const
    {
        for (auto const& [id, end] : ended_) {
            f(id, end);
        }
    }
    /// @}

private:
    struct entry {
        std::size_t where;
        std::weak_ptr<void> turn;
        std::uint64_t note = 0;
    };
    using entries = boost::unordered_flat_map<session_id, entry>;

    [[nodiscard]] bool is_needed(entry const& e) const noexcept { return e.where != here_ || !e.turn.expired(); }

    std::size_t here_;
    entries entries_;
    std::uint64_t notes_ = 0;
    /// With the number of the latest end.
    boost::unordered_flat_map<session_id, std::uint64_t> ended_;
    std::uint64_t ends_ = 0;
};

} // namespace sluice
