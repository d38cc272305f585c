#pragma once

#include <sluice/delivery/waiter.hpp>
#include <sluice/error.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>

#include <cassert>
#include <optional>
#include <utility>

namespace sluice {

/// What a connection's coroutine waits on, until its session has something to send or a reason to end.
///
/// It holds no events. A session is a position in the log, so it is enough to wake the waiter; the waiter then reads
/// the log itself. There is one waiter at a time. Confined to the shard's thread, where waking resumes the waiter
/// directly.
class channel {
public:
    channel() = default;
    channel(channel const&) = delete;
    channel& operator=(channel const&) = delete;
    ~channel() = default;

    /// Whether there is a waiter.
    [[nodiscard]] bool waiting() const noexcept { return static_cast<bool>(waiter_); }
    /// Whether `end` was called.
    [[nodiscard]] bool ended() const noexcept { return reason_.has_value(); }
    /// Why the channel ended; success if it has not.
    [[nodiscard]] error_code reason() const noexcept { return reason_ ? make_error_code(*reason_) : error_code{}; }

    /// Waits for `notify` or `end`. Read what is there before waiting, because a notification without a waiter is not
    /// kept.
    ///
    /// Completes with `void(error_code)`: success on `notify`; the reason when the channel ends or has ended;
    /// `asio::error::operation_aborted` when cancelled (any cancellation type; the channel is as before).
    template <boost::asio::completion_token_for<void(error_code)> Token>
    auto async_wait(Token&& token)
    {
        return boost::asio::async_initiate<Token, void(error_code)>(
            [this](auto handler) { this->wait(std::move(handler)); }, token);
    }

    /// As `async_wait`, for an existing handler.
    template <class Handler>
    void wait(Handler handler)
    {
        assert(!waiting());
        slot_ = boost::asio::get_associated_cancellation_slot(handler);
        waiter_.store(std::move(handler));
        if (ended()) {
            release_slot();
            waiter_.post(reason());
        } else if (slot_.is_connected()) {
            slot_.assign([this](boost::asio::cancellation_type) { cancel(); });
        }
    }

    /// Resumes the waiter, if there is one.
    void notify() { complete({}); }

    /// Ends the channel and resumes the waiter with the reason. The first reason stands.
    void end(end_reason reason)
    {
        if (!ended()) {
            reason_ = reason;
            complete(reason);
        }
    }

    /// Destroys the waiter without resuming it, and with it the coroutine that is suspended there.
    void abandon() noexcept { waiter_.drop(); }

private:
    void cancel()
    {
        if (waiting()) {
            waiter_.post(boost::asio::error::operation_aborted);
        }
    }

    void complete(error_code ec)
    {
        if (waiting()) {
            release_slot();
            waiter_.dispatch(ec);
        }
    }

    void release_slot() noexcept
    {
        if (slot_.is_connected()) {
            slot_.clear();
        }
        slot_ = {};
    }

    waiter waiter_;
    boost::asio::cancellation_slot slot_;
    std::optional<end_reason> reason_;
};

} // namespace sluice
