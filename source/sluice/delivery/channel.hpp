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

/// What a connection's coroutine waits on: that its session has something to send, or a reason to end.
///
/// It holds no events. A session is a position in the log, so waking the one who waits is all there is to do; he
/// then takes what is there. One waiter at a time. Confined to the shard's thread: waking resumes the waiter there
/// directly.
class channel {
public:
    channel() = default;
    channel(channel const&) = delete;
    channel& operator=(channel const&) = delete;
    ~channel() = default;

    /// Whether somebody waits.
    [[nodiscard]] bool waiting() const noexcept { return static_cast<bool>(waiter_); }
    /// Whether `end` was called.
    [[nodiscard]] bool ended() const noexcept { return reason_.has_value(); }
    /// Why the channel ended; success while it stands.
    [[nodiscard]] error_code reason() const noexcept { return reason_ ? make_error_code(*reason_) : error_code{}; }

    /// Waits for `notify` or `end`. Look for what is there before waiting: a notification without a waiter is not
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

    /// As `async_wait`, for a handler that is at hand.
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

    /// Drops the waiter without resuming it: what is suspended there is destroyed.
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
