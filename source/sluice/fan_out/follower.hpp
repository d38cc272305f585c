#pragma once

#include <sluice/delivery/channel.hpp>
#include <sluice/error.hpp>
#include <sluice/export.hpp>
#include <sluice/fan_out/deadline_list.hpp>
#include <sluice/fan_out/grant_expiries.hpp>
#include <sluice/fan_out/selector.hpp>
#include <sluice/presence/presence_stay.hpp>
#include <sluice/session/session.hpp>

#include <boost/intrusive/list.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

namespace sluice {

class stream_output;

/// @cond internal
/// A session's standing connection as its shard sees it: where it stands in the shard's lists, what it waits on, and
/// the way to end it. Confined to the shard's thread.
class SLUICE_EXPORT follower : public deadline_entry, public expiry_entry {
public:
    explicit follower(session_ptr s) : session_{std::move(s)} {}
    follower(follower const&) = delete;
    follower& operator=(follower const&) = delete;

    /// The session that the connection is for. It lives at least as long as the connection.
    [[nodiscard]] sluice::session const& session() const noexcept { return *session_; }
    [[nodiscard]] session_ptr const& shared_session() const noexcept { return session_; }
    /// What the connection's coroutine waits on.
    [[nodiscard]] sluice::channel const& channel() const noexcept { return channel_; }
    /// Whether the connection waits for events.
    [[nodiscard]] bool waits() const noexcept { return channel_.waiting(); }
    /// Whether the session has let go of the connection.
    [[nodiscard]] bool done() const noexcept { return channel_.ended(); }
    /// Why it has; success while it has not.
    [[nodiscard]] error_code reason() const noexcept { return channel_.reason(); }
    /// Whether the socket takes nothing for now.
    [[nodiscard]] bool is_blocked() const noexcept { return blocked_; }
    /// How many replayed events are still to be delivered.
    [[nodiscard]] std::uint64_t replay_left() const noexcept { return replay_left_; }
    /// Whether nothing at all was published since, for whomever: answered without a look at the window.
    [[nodiscard]] bool is_at_head() const noexcept { return session_->at == session_->window().head(); }
    /// Whether there is an event for the session that is not delivered, or the stream has an end to come to.
    [[nodiscard]] bool has_next() const noexcept;
    /// The stream's topic is closed at the sequence: the stream ends once it has sent what is for it up to there.
    void end_behind(std::uint64_t sequence) noexcept { ends_behind_ = std::min(ends_behind_, sequence); }
    /// Whether it is to end so.
    [[nodiscard]] bool comes_to_end() const noexcept { return ends_behind_ != no_end; }

    /// Every connection that waits has been sent all that matches up to the sequence. Of one whose wait was cancelled
    /// that is not known: it stays where it is.
    void settle(std::uint64_t sequence) noexcept
    {
        if (channel_.waiting() && session_->at < sequence) {
            session_->at = sequence;
        }
    }
    /// Resumes the waiting coroutine, which may destroy the follower. Throws `std::bad_alloc`.
    void wake() { channel_.notify(); }
    /// Destroys the waiting coroutine without resuming it.
    void abandon() noexcept { channel_.abandon(); }
    void note_heartbeat() noexcept { heartbeat_due_ = true; }
    /// Has the session's broadcasts wake the connection, by its filter. Throws `std::bad_alloc`.
    void subscribe();

    /// What the connection is counted in, by its shard.
    presence_stay stay;

    /// Ends the connection with the reason. Once; may destroy the follower.
    virtual void end(end_reason reason) = 0;
    /// The time for the stream's last words is over: closes the connection. May destroy the follower.
    virtual void abort() noexcept = 0;
    /// Where the memory is that writing to the connection touches first; null: not known.
    [[nodiscard]] void const* near() const noexcept { return output_; }

protected:
    ~follower() = default;

    session_ptr session_;
    sluice::channel channel_;
    std::unique_ptr<subscription[]> subscriptions_;
    stream_output* output_ = nullptr;
    std::uint64_t replay_left_ = 0;
    std::uint64_t ends_behind_ = no_end;
    bool heartbeat_due_ = false;
    bool blocked_ = false;

private:
    friend class roster;
    using hook = boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

    hook all_hook_;
    /// In the list of those that rest while the connection waits without a filter; in that of the busy ones while it
    /// does not wait.
    hook state_hook_;
};
/// @endcond

} // namespace sluice
