#pragma once

#include <sluice/export.hpp>
#include <sluice/fan_out/window.hpp>
#include <sluice/instant.hpp>
#include <sluice/session/interest.hpp>
#include <sluice/session/known_count.hpp>
#include <sluice/session/packed_meta.hpp>
#include <sluice/session/recent_reconnections.hpp>
#include <sluice/session/session_copy.hpp>
#include <sluice/session/session_id.hpp>
#include <sluice/session/session_meta.hpp>
#include <sluice/session/targeted_list.hpp>
#include <sluice/session/written_id.hpp>

#include <boost/intrusive/list.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

class follower;
class subject_group;

/// @cond internal
/// What came of a claim's metadata.
struct adoption {
    /// What is kept of the request had to be cut (`cut_to_limit`).
    bool cut = false;
    /// The interest is another than before.
    bool refiltered = false;
};
/// @endcond

/// What the server keeps for one subscriber across its connections: a position in the log, the few events that were
/// sent to it alone, its interest and metadata. It costs bytes that do not grow with traffic.
///
/// Confined to the thread of its shard; `session_stats` and `session_info` carry what others may see.
class SLUICE_EXPORT session : public boost::intrusive_ref_counter<session, boost::thread_unsafe_counter> {
public:
    /// The session collects what comes after the sequence `start`. A minted session has no owner until it is claimed.
    session(session_id id, sluice::window& w, std::uint64_t start, instant now, bool minted);
    /// The session of which another shard made the copy: it takes the copy's metadata, and `settle` does the rest.
    session(session_copy& from, sluice::window& w) noexcept;
    ~session();
    session(session const&) = delete;
    session& operator=(session const&) = delete;

    /// What the client claims it by.
    [[nodiscard]] session_id id() const noexcept { return id_; }
    /// When a client first came, or when it was minted.
    [[nodiscard]] std::chrono::system_clock::time_point created() const noexcept { return created_; }
    /// What is known of the client. Unpacked at each call, for it is kept packed.
    [[nodiscard]] session_meta meta() const { return meta_.unpack(); }
    /// `grant::subject`, without unpacking the rest. Valid until the next claim.
    [[nodiscard]] std::string_view subject() const noexcept { return meta_.terms().subject; }
    /// @cond internal
    /// What is known of the token behind the grant, likewise.
    [[nodiscard]] grant_terms terms() const noexcept { return meta_.terms(); }
    /// @endcond
    /// Whether a client has ever claimed the session; a minted one is not, until then.
    [[nodiscard]] bool claimed() const noexcept { return was_claimed; }
    /// Whether a connection stands.
    [[nodiscard]] bool active() const noexcept { return connection_ != nullptr; }
    /// The connection; null when there is none.
    [[nodiscard]] follower* connection() const noexcept { return connection_; }
    /// The place up to which every matching event was written to a connection.
    [[nodiscard]] event_id last_event_id() const noexcept;

    /// Whether an event of the type that is sent to the session passes.
    [[nodiscard]] bool wants(std::string_view type) const noexcept { return interest_.wants_type(type); }
    /// Whether the client asked for topics by their names.
    [[nodiscard]] bool names_topics() const noexcept { return asks_by_name; }
    /// Which broadcasts the session gets.
    [[nodiscard]] sluice::interest const& interest() const noexcept { return interest_; }
    /// Takes the metadata of the newest claim (`merge`) and, from it, the interest. Where it throws nothing has
    /// changed.
    adoption adopt(session_meta newer);
    /// Leaves out of a replay that begins now what was let go.
    void leave_out_let_go(std::chrono::system_clock::time_point now) noexcept
    {
        interest_.leave_out({.through = window_->head(), .moment = now});
    }
    /// Leaves out broadcasts without a topic up to the window's head, if the client asked for topics or patterns.
    void leave_out_topicless() noexcept { interest_.leave_out_topicless(window_->head()); }
    /// Whether the client asked for just the types and topics that the metadata asks for.
    [[nodiscard]] bool asks_for_the_same(session_meta const& m) const;

    /// How many matching events after the sequence the window still holds.
    [[nodiscard]] std::uint64_t held_after(std::uint64_t sequence) const noexcept;
    /// How many matching events after the sequence the window does not hold any more; nothing if that cannot be known.
    [[nodiscard]] std::optional<std::uint64_t> lost_after(std::uint64_t sequence) const noexcept;
    /// Whether the event with the sequence matches and is still held.
    [[nodiscard]] bool holds(std::uint64_t sequence) const noexcept;
    /// Remembers the own id of the newest event that was written.
    void remember_written_id();
    /// Whether a matching event that was sent to the session alone, after the sequence, is held.
    [[nodiscard]] bool has_targeted_after(std::uint64_t sequence) const noexcept;
    /// Calls `f(frame const&)` for the matching events after the sequence that are held, in order, up to the sequence
    /// `until`, while it returns true.
    template <class F>
    void for_each_after(std::uint64_t sequence, std::uint64_t until, F f) const;

    /// The session as another shard can have it. REQUIRES: it has no connection.
    [[nodiscard]] session_copy copy() const;
    /// Takes the filter and the events that were sent to the session from this shard's window, whose head is not before
    /// the copy's. REQUIRES: the session was made from the copy. If it throws, the session is of no use.
    void settle(session_copy const& from);

    /// Notes that an event which was sent to the session is lost: it is about to leave the window, or was never kept.
    /// Returns whether the session wants it and has yet to write it.
    bool lose_targeted(frame const& f) noexcept;
    /// Notes how many matching broadcasts had left the window or were passed at `at`, to tell a later loss exactly.
    void remember_matches() noexcept;

    /// @cond internal
    // Kept by the session manager and the client.
    /// Not null while another shard has a copy, to adopt it: then the session there is the one whose end counts. What
    /// was sent to this one is kept, because nobody wants it any more once the other one has ended.
    std::unique_ptr<std::vector<shared_frame>> leaving;
    /// The session's position: every event up to this sequence has been passed.
    std::uint64_t at;
    /// The sequence of the newest event that was written; between it and `at` nothing matched.
    std::uint64_t last_written = 0;
    /// The own id of the event with `last_written`, if it was still held when the newest connection ended.
    written_id last_written_id;
    /// What passed the filter after this sequence and up to `last_written` was written, each event of it: a loss,
    /// another filter and the session's beginning put it forward.
    std::uint64_t written_after = 0;
    targeted_list targeted;
    std::chrono::system_clock::time_point last_seen;
    std::uint32_t reconnections = 0;
    /// Whether the session is removed when its connection ends, because no client can claim it again.
    bool ends_with_connection = false;
    /// Whether a client has ever claimed it.
    bool was_claimed;
    /// Whether it names topics, without which presence does not count it.
    bool asks_by_name = false;
    /// How many matching targeted events after `at` are lost, while `targeted.lost_through()` is after it; nothing: not
    /// known.
    known_count unwritten_lost = std::optional<std::uint64_t>{0};
    /// When a session without a connection expires.
    std::chrono::steady_clock::time_point expires;
    boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> expiry_hook;
    /// The sessions of the same subject on this shard, among which it is; null if it has no subject.
    subject_group* group = nullptr;
    boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> subject_hook;
    /// Reconnections of the last seconds; none is kept for a session that does not reconnect.
    std::unique_ptr<recent_reconnections> recent;
    void set_connection(follower* f) noexcept { connection_ = f; }
    /// @endcond

    /// The shard's window of the log, which the session is a position in.
    [[nodiscard]] sluice::window const& window() const noexcept { return *window_; }

private:
    bool set_interest(session_meta const& m);
    void copy_oldest(session_copy& c) const;
    bool note_targeted_lost(std::uint64_t sequence, bool wanted) noexcept;
    void take_targeted(session_copy const& from);
    void take_matches(session_copy const& from) noexcept;
    [[nodiscard]] std::optional<std::uint64_t> lost_broadcasts() const noexcept;
    [[nodiscard]] std::size_t next_targeted(std::size_t index) const noexcept;
    [[nodiscard]] std::uint64_t newest_wanted() const noexcept;
    [[nodiscard]] std::optional<std::uint64_t> targeted_lost_after_at() const noexcept;

    session_id id_;
    sluice::window* window_;
    std::chrono::system_clock::time_point created_;
    packed_meta meta_;
    sluice::interest interest_;
    follower* connection_ = nullptr;
    /// How many matching broadcasts there were up to `at`, as far as the window counts them; nothing: not known. Less
    /// than none, modulo 2^64, if they left another shard's window before the session moved here.
    known_count matches_before_;
};
/// Its count is not atomic: it stays on the shard's thread.
using session_ptr = boost::intrusive_ptr<session>;

template <class F>
void session::for_each_after(std::uint64_t sequence, std::uint64_t until, F f) const
{
    auto cursor = interest_.cursor_after(sequence);
    frame const* broadcast = interest_.next(cursor);
    auto targeted_index = next_targeted(targeted.first_after(sequence));
    for (;;) {
        frame const* const direct = targeted_index == targeted.size() ? nullptr : &targeted[targeted_index];
        bool const take_direct =
            direct != nullptr && (broadcast == nullptr || direct->sequence() < broadcast->sequence());
        frame const* const next = take_direct ? direct : broadcast;
        if (next == nullptr || next->sequence() > until || !f(*next)) {
            return;
        }
        if (take_direct) {
            targeted_index = next_targeted(targeted_index + 1);
        } else {
            broadcast = interest_.next(cursor);
        }
    }
}

} // namespace sluice
