#pragma once

#include <sluice/delivery/channel.hpp>
#include <sluice/delivery/stream_end.hpp>
#include <sluice/delivery/stream_output.hpp>
#include <sluice/error.hpp>
#include <sluice/export.hpp>
#include <sluice/fan_out/batch.hpp>
#include <sluice/fan_out/connect_request.hpp>
#include <sluice/fan_out/follower.hpp>
#include <sluice/session/replay.hpp>
#include <sluice/session/session.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace sluice {

class shard;

/// How a connection came to its session.
struct arrival {
    /// The session had a connection before.
    bool resumed = false;
    /// The request has the cookie of a session that is known.
    bool brings_cookie = false;
    /// What the stream says besides its events.
    stream_manners manners = stream_manners::control_events;
};

/// One connection's hold on its session: what a connection coroutine loops over.
///
/// Made by `broker::async_connect`; destroying it lets the session go. Everything is confined to the thread of the
/// session's shard.
class SLUICE_EXPORT client final : public follower {
public:
    /// Called by `claim_session`: applications get theirs from `broker::async_connect`.
    client(std::shared_ptr<shard> home, session_ptr s, replay_plan const& plan, arrival how);
    /// Lets the session go if that has not been done: it is buffered from then on, as after `end_reason::peer_closed`.
    ~client();
    client(client const&) = delete;
    client& operator=(client const&) = delete;

    /// The session that the connection is for. It lives at least as long as the client.
    using follower::session;
    /// What logs call the session (`handle_key`).
    [[nodiscard]] std::string handle() const;
    /// What the client waits on.
    using follower::channel;
    /// Whether the connection goes on with a session that had one before.
    [[nodiscard]] bool resumed() const noexcept { return how_.resumed; }
    /// Whether the request has the cookie of a session that is known, this one or another: that one keeps the cookie.
    [[nodiscard]] bool brings_cookie() const noexcept { return how_.brings_cookie; }
    /// What the stream says besides its events.
    [[nodiscard]] stream_manners manners() const noexcept { return how_.manners; }
    /// How the connection begins. Known until the client first waits; a stream that stands keeps nothing of it.
    [[nodiscard]] replay_plan const& plan() const noexcept { return *plan_; }
    /// Whether the session has let go of the connection.
    using follower::done;
    /// Why it has; success while it has not.
    using follower::reason;

    /// The next events from the session's position on, at least one and about 64 KiB at most; null when there are
    /// none now or the client is done. Replayed and live events never share a batch. Does not move the position. Throws
    /// `std::bad_alloc`; then `end` the client with `no_memory`.
    [[nodiscard]] batch_ptr try_receive();
    /// The batch that was received last, made again from the log: the same bytes up to its last event. Null if some of
    /// it has left the log, so that which events its bytes were cannot be told.
    [[nodiscard]] batch_ptr receive_again(std::uint64_t last_sequence, bool replayed);
    /// Whether `try_receive` would give something.
    using follower::has_next;
    /// The batch received last was written whole: the position moves behind it.
    void delivered(batch const& r);
    /// Of the batch received last only so many bytes of payload were written: the position moves behind the events
    /// that are whole.
    void delivered_part(batch const& r, std::size_t payload_bytes);
    /// How many replayed events are still to be delivered.
    using follower::replay_left;
    /// Counts bytes that were written to the stream's body.
    void count_bytes(std::size_t bytes) noexcept;

    /// Waits until there is something to receive, a heartbeat is due, or the client is done.
    ///
    /// Completes with `void(error_code)`: success, the reason why the client is done, or
    /// `asio::error::operation_aborted` when cancelled (any type). One wait at a time.
    template <boost::asio::completion_token_for<void(error_code)> Token>
    auto async_wait(Token&& token)
    {
        return boost::asio::async_initiate<Token, void(error_code)>(
            [this](auto handler) {
                if (done() || !has_next()) {
                    begin_waiting();
                    channel_.wait(std::move(handler));
                } else {
                    boost::asio::post(boost::asio::append(std::move(handler), error_code{}));
                }
            },
            token);
    }

    /// Waits for the next events. What was received before counts as delivered.
    ///
    /// Completes with `void(error_code, batch_ptr)`: a batch; or null and why the client is done; or null and success
    /// when a heartbeat is due. Cancellation is that of `async_wait`.
    template <boost::asio::completion_token_for<void(error_code, batch_ptr)> Token>
    auto async_receive(Token&& token)
    {
        return boost::asio::async_compose<Token, void(error_code, batch_ptr)>(
            [this, waited = false](auto& self, error_code ec = {}) mutable {
                if (!std::exchange(waited, true)) {
                    acknowledge();
                    async_wait(std::move(self));
                    return;
                }
                received_ = ec ? nullptr : receive_or_end();
                self.complete(done() ? reason() : ec, received_);
            },
            token);
    }

    /// Whether a heartbeat is due; asking answers it.
    [[nodiscard]] bool take_heartbeat() noexcept { return std::exchange(heartbeat_due_, false); }

    /// Says what writes to the connection; null: nothing any more.
    void set_output(stream_output* output) noexcept { output_ = output; }
    /// The connection takes nothing more for now; from here the write timeout and the lag count.
    void blocked();
    /// The connection takes bytes again.
    void unblocked() noexcept;
    /// Whether `blocked` was called, and `unblocked` not since.
    using follower::is_blocked;

    /// Ends the connection with the reason, as `stream_end` says: once, and the first reason stands.
    void end(end_reason reason) override;
    /// The time for last words is over: closes the connection.
    void abort() noexcept override;
    /// Whether the end has begun: from then on last words are all that is written.
    [[nodiscard]] bool ending() const noexcept { return end_.has_begun(); }

private:
    void carry_out(end_action what, end_reason why);
    void perform(end_action what) noexcept;
    void count_events(std::uint64_t events) noexcept;
    void begin_waiting();
    void acknowledge();
    [[nodiscard]] batch_ptr receive_or_end();
    void take_back_plan() noexcept;

    std::shared_ptr<shard> shard_;
    std::unique_ptr<replay_plan const> plan_;
    /// Events up to this sequence are replayed, while some are left.
    std::uint64_t replay_until_;
    batch_ptr received_;
    std::chrono::steady_clock::time_point opened_ = std::chrono::steady_clock::now();
    /// Published events, and bytes of the body, that were written.
    std::uint64_t events_ = 0;
    std::uint64_t bytes_ = 0;
    stream_end end_;
    arrival how_;
    /// Whether how the connection begins was written: the output has asked for events.
    bool told_ = false;
};

} // namespace sluice
