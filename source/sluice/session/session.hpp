#pragma once

#include <sluice/export.hpp>
#include <sluice/fan_out/window.hpp>
#include <sluice/instant.hpp>
#include <sluice/session/packed_meta.hpp>
#include <sluice/session/session_id.hpp>
#include <sluice/session/session_meta.hpp>
#include <sluice/session/targeted_list.hpp>

#include <boost/circular_buffer.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

class follower;

/// @cond internal
/// When a session reconnected, within `thrash_window`, and whether that was too often when it last did.
struct recent_reconnections {
    boost::circular_buffer<std::chrono::steady_clock::time_point> times;
    bool thrashing = false;
};
/// @endcond

/// @cond internal
/// What came of a claim's metadata.
struct adoption {
    /// What is kept of the request had to be cut (`cut_to_limit`).
    bool cut = false;
    /// The filter is another than before.
    bool refiltered = false;
};
/// @endcond

/// What the server keeps for one subscriber across its connections: a position in the log, the few events that were
/// sent to it alone, its filter and metadata. It costs bytes that do not grow with traffic.
///
/// Confined to the thread of its shard; `session_stats` and `session_info` carry what others may see.
class SLUICE_EXPORT session : public boost::intrusive_ref_counter<session, boost::thread_unsafe_counter> {
public:
    /// `at` is the position from which the session collects. A minted session has no owner until it is claimed.
    session(session_id id, sluice::window& w, position at, instant now, bool minted);
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
    [[nodiscard]] std::string_view subject() const noexcept { return meta_.subject(); }
    /// Whether a client has ever claimed the session; a minted one is not, until then.
    [[nodiscard]] bool claimed() const noexcept { return claimed_; }
    /// Whether a connection stands.
    [[nodiscard]] bool active() const noexcept { return connection_ != nullptr; }
    /// The connection; null when there is none.
    [[nodiscard]] follower* connection() const noexcept { return connection_; }
    /// The place up to which every matching event was written to a connection.
    [[nodiscard]] event_id last_event_id() const noexcept;

    /// Whether the type passes the session's filter.
    [[nodiscard]] bool wants(std::string_view type) const noexcept;
    /// Whether it wants some types only.
    [[nodiscard]] bool filtered() const noexcept { return filtered_; }
    /// The selectors of the filter; where it is filtered and there are none, it wants nothing.
    [[nodiscard]] std::vector<selector_ptr> const& filter() const noexcept { return filter_; }
    /// Takes the metadata of the newest claim (`merge`) and, from it, the filter. Where it throws nothing has changed.
    adoption adopt(session_meta newer);
    /// Whether the client asked for just these types; none: for all that it may have.
    [[nodiscard]] bool asks_for(std::vector<std::string> const& types) const;

    /// How many matching events after the position are still held, in the log and in the list.
    [[nodiscard]] std::uint64_t held_after(position from) const noexcept;
    /// How many matching events after the position are not held any more; nothing when that cannot be known.
    [[nodiscard]] std::optional<std::uint64_t> lost_after(position from) const noexcept;
    /// Whether the event with the sequence matches and is still held.
    [[nodiscard]] bool holds(std::uint64_t sequence) const noexcept;
    /// Whether a matching event that was sent to the session alone, after the sequence, is held.
    [[nodiscard]] bool has_targeted_after(std::uint64_t sequence) const noexcept;
    /// Calls `f(frame const&, position behind it)` for the matching events after the position that are held, in
    /// order, up to the sequence `until`, while it returns true.
    template <class F>
    void for_each_after(position from, std::uint64_t until, F f) const;

    /// Notes how many matching events came before the position, to tell a loss after it exactly.
    void remember_matches() noexcept;

    /// @cond internal
    // Kept by the session manager and the client.
    position at;
    /// The sequence of the newest event that was written; between it and `at` nothing matched.
    std::uint64_t last_written = 0;
    /// What passed the filter after this sequence and up to `last_written` was written, each event of it: a loss,
    /// another filter and the session's beginning put it forward.
    std::uint64_t written_after = 0;
    targeted_list targeted;
    std::chrono::system_clock::time_point last_seen;
    std::uint64_t reconnections = 0;
    /// Matching targeted events that gave way to newer ones before they were written; nothing: not known.
    std::optional<std::uint64_t> unwritten_lost = 0;
    /// When a session without a connection expires.
    std::chrono::steady_clock::time_point expires;
    boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> expiry_hook;
    /// Reconnections of the last seconds; none is kept for a session that does not reconnect.
    std::unique_ptr<recent_reconnections> recent;
    void set_connection(follower* f) noexcept { connection_ = f; }
    /// @endcond

    /// The shard's window of the log, which the session is a position in.
    [[nodiscard]] sluice::window const& window() const noexcept { return *window_; }

private:
    bool set_filter(std::vector<std::string> const& types, bool filtered);
    void clear_filter() noexcept;
    void release(std::vector<selector_ptr>& selectors) noexcept;
    [[nodiscard]] bool is_in_filter(selector const* t) const noexcept;
    [[nodiscard]] std::uint64_t next_broadcast(std::uint64_t ordinal) const noexcept;
    [[nodiscard]] std::uint64_t next_by_topic(std::uint64_t ordinal) const noexcept;
    [[nodiscard]] std::uint64_t next_in_many(std::uint64_t ordinal) const noexcept;
    [[nodiscard]] std::size_t next_targeted(std::size_t index) const noexcept;
    [[nodiscard]] std::uint64_t newest_wanted() const noexcept;

    session_id id_;
    sluice::window* window_;
    std::chrono::system_clock::time_point created_;
    packed_meta meta_;
    /// By address, each once.
    std::vector<selector_ptr> filter_;
    follower* connection_ = nullptr;
    /// How many matching broadcasts came before `at`, by the selectors' totals; nothing: not known.
    std::optional<std::uint64_t> matches_before_;
    bool claimed_;
    bool filtered_ = false;
};
/// Its count is not atomic: it stays on the shard's thread.
using session_ptr = boost::intrusive_ptr<session>;

template <class F>
void session::for_each_after(position from, std::uint64_t until, F f) const
{
    auto ordinal = next_broadcast(from.ordinal);
    auto index = next_targeted(targeted.first_after(from.sequence));
    for (;;) {
        frame const* const broadcast = ordinal == selector::none ? nullptr : &window_->at(ordinal);
        frame const* const direct = index == targeted.size() ? nullptr : &targeted[index];
        bool const take_direct =
            direct != nullptr && (broadcast == nullptr || direct->sequence() < broadcast->sequence());
        frame const* const next = take_direct ? direct : broadcast;
        if (next == nullptr || next->sequence() > until) {
            return;
        }
        auto behind = ordinal == selector::none ? window_->head().ordinal : ordinal;
        if (take_direct) {
            index = next_targeted(index + 1);
        } else {
            ++behind;
            ordinal = next_broadcast(behind);
        }
        if (!f(*next, position{.sequence = next->sequence(), .ordinal = behind})) {
            return;
        }
    }
}

} // namespace sluice
