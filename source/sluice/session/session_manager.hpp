#pragma once

#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/export.hpp>
#include <sluice/fan_out/connect_request.hpp>
#include <sluice/limits.hpp>
#include <sluice/session/replay.hpp>
#include <sluice/session/session.hpp>
#include <sluice/session/subject_index.hpp>
#include <sluice/stats.hpp>

#include <boost/intrusive/list.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// How a session continues with a new connection.
struct reconnection {
    /// How the connection continues.
    replay_plan plan;
    /// Whether the session has just begun to reconnect more often than `session_config::thrash_limit`.
    bool thrashing_began = false;
};

/// The sessions of one shard. Confined to the shard's thread, except for the counts.
class SLUICE_EXPORT session_manager {
public:
    /// `in_force` overrides `config`. `draw_id` returns ids whose home is this shard. `all_sessions` counts the
    /// sessions of every shard. `on_expired`, if given, is called for each session that expires, before it is removed;
    /// `on_removed`, which does not throw, for each that is removed.
    session_manager(session_config const& config, live_limits const& in_force, window& w,
                    std::function<session_id()> draw_id, std::atomic<std::size_t>& all_sessions,
                    std::function<void(session const&)> on_expired = nullptr,
                    std::function<void(session_id)> on_removed = nullptr);
    ~session_manager();
    session_manager(session_manager const&) = delete;
    session_manager& operator=(session_manager const&) = delete;

    /// Makes a session that collects from now on, under the id if one is given. REQUIRES: there is no such session. A
    /// minted one has no owner yet, and expires like a disconnected one. Error: `too_many_sessions`.
    [[nodiscard]] result<session_ptr> create(instant now, bool minted, std::optional<session_id> id = {});
    /// The session with this id; null if it is unknown or has expired, in which case it is removed.
    [[nodiscard]] session_ptr get(session_id id, instant now);
    /// Whether the claimant may have the session. Error: `not_the_owner`.
    [[nodiscard]] error_code validate_session_ownership(session const& s, session_meta const& claimant) const;
    /// Gives a new or minted session its owner and plans its first connection. `since` counts where there is no last
    /// id (`connect_request::since`). A session whose stream has events alone ends with that connection.
    [[nodiscard]] replay_plan join(session& s, session_meta meta, std::string_view last_event_id,
                                   std::string_view since = {},
                                   stream_manners manners = stream_manners::control_events);
    /// Counts the reconnection and plans how the session continues. REQUIRES: the session has no connection, and the
    /// claim passed the ownership check. Error: `thrashing`.
    [[nodiscard]] result<reconnection> reconnect(session& s, session_meta meta, std::string_view last_event_id,
                                                 instant now, std::string_view since = {});
    /// Whether the session must not reconnect now because it did so too often.
    [[nodiscard]] bool refuses_reconnection(session& s, instant now) const;
    /// Adds the window's newest event, which was sent to the session. Returns false if the session's connection has
    /// left more than `pending_limit` of them unwritten. If it throws, the session has not changed.
    [[nodiscard]] bool buffer_event(session& s, frame const& f, std::uint64_t pending_limit);
    /// Counts an event that was sent to the session and could not be kept as lost.
    void lose_event(session& s, frame const& f) noexcept;
    /// Notes an event that was sent to a session which no longer exists.
    void lose_event(frame const& f) noexcept;
    /// Notes that an event was not written to its session and will not be.
    void note_lost(std::uint64_t sequence) noexcept { undelivered_.lose(sequence); }
    /// Notes that the session's position has moved, for `undelivered`.
    void note_moved(session& s) noexcept;
    /// The sequence of the newest event that was sent to a session here, other than the given one, and was not written
    /// to it, because it still waits or was lost; 0 if there is none.
    [[nodiscard]] std::uint64_t newest_undelivered(session const* but = nullptr) const noexcept;
    /// Drops the oldest targeted events while the window holds more than it may, each for all its sessions at once.
    /// Returns a connected session that has yet to write the next one: cut its connection and call again. Returns null
    /// if enough was dropped. Called after every waiting client has been woken.
    [[nodiscard]] session_ptr enforce_targeted_limits();
    /// The session's connection is gone. The session is buffered from now on, until it expires; without reconnection it
    /// is removed.
    void disconnect(session& s, instant now);
    /// Forgets the session. REQUIRES: it has no connection.
    void remove(session& s);
    /// What another shard needs to `adopt` the session, whose time to live begins anew. REQUIRES: it has no connection.
    [[nodiscard]] session_copy copy(session& s, instant now);
    /// The session of another shard from its copy; it is to be connected at once. Nothing is counted, for the session
    /// has neither begun nor ended. REQUIRES: the window's head is not before the copy's. If it throws, nothing has
    /// changed.
    [[nodiscard]] session_ptr adopt(session_copy from);
    /// Forgets a session that another shard has adopted. REQUIRES: it has no connection.
    void release(session_id id) noexcept;
    /// Removes the expired sessions, oldest first, and returns how many there were. Drops the targeted events that no
    /// session wants any more.
    std::size_t expire(instant now);
    /// Forgets every session.
    void stop();

    /// The sessions that match, in the order of their ids.
    [[nodiscard]] std::vector<session_ptr> list(session_query const& wanted, instant now) const;
    /// The ids of the subject's sessions, in no particular order.
    [[nodiscard]] std::vector<session_id> ids_of(std::string_view subject, instant now) const;
    /// The ids of all sessions, including those that have expired and are not removed yet, in no particular order.
    [[nodiscard]] std::vector<session_id> ids() const;

    /// The sessions by their subjects.
    [[nodiscard]] subject_index& subjects() noexcept { return subjects_; }

    /// Sessions with a connection. Safe from any thread.
    [[nodiscard]] std::size_t active() const noexcept { return active_.load(std::memory_order_relaxed); }
    /// All sessions. Safe from any thread.
    [[nodiscard]] std::size_t total() const noexcept { return total_.load(std::memory_order_relaxed); }
    /// How many requests were cut to what a session keeps (`cut_to_limit`) since the last call.
    [[nodiscard]] std::uint64_t take_cut_requests() noexcept { return std::exchange(cut_requests_, 0); }
    /// Notes that a session got a connection.
    void connect(session& s, follower& f, instant now);

private:
    using expiry_list = boost::intrusive::list<
        session, boost::intrusive::member_hook<session, decltype(session::expiry_hook), &session::expiry_hook>,
        boost::intrusive::constant_time_size<false>>;

    [[nodiscard]] adoption take_meta(session& s, session_meta meta);
    template <class F>
    void for_each_of(std::optional<std::string> const& subject, F f) const;
    [[nodiscard]] bool expired(session const& s, instant now) const noexcept;
    void await_expiry(session& s, instant now);
    void let_expire(session& s);
    [[nodiscard]] session_ptr target_of(frame const& f, session_id id) const;
    void drop_oldest_targeted(session& s) noexcept;
    void drop_unwanted_targeted() noexcept;
    [[nodiscard]] std::size_t replay_limit() const noexcept;
    [[nodiscard]] replay_plan plan_without_id(session& s, bool minted, std::string_view since) const;
    void note_end(session const& s, replay_plan& plan) const noexcept;
    [[nodiscard]] std::optional<std::uint64_t> find_seen(session const& s, std::string_view last_event_id) const;
    [[nodiscard]] bool names_what_has_left(session const& s, std::string_view last_event_id) const noexcept;
    [[nodiscard]] replay_plan plan_resume(session const& s, std::optional<std::uint64_t> seen, bool refiltered) const;
    [[nodiscard]] bool note_reconnection(session& s, instant now) const;

    session_config config_;
    live_limits const& in_force_;
    window& window_;
    std::function<session_id()> draw_id_;
    std::atomic<std::size_t>& all_sessions_;
    std::function<void(session const&)> on_expired_;
    std::function<void(session_id)> on_removed_;
    undelivered undelivered_;
    subject_index subjects_;
    boost::unordered_flat_map<session_id, session_ptr> sessions_;
    /// Sessions without a connection, in the order in which they expire. All have the same time to live, so new ones go
    /// to the back.
    expiry_list expiring_;
    /// How many targets of the window's oldest targeted event have dropped it or never had it.
    std::size_t given_way_ = 0;
    std::uint64_t cut_requests_ = 0;
    std::atomic<std::size_t> active_{0};
    std::atomic<std::size_t> total_{0};
};

} // namespace sluice
