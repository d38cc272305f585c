#pragma once

#include "virtual_clock.hpp"
#include <sluice/error.hpp>
#include <sluice/http/h1_writer.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>

namespace sluice::model {

/// A connection in memory, as its peer sees it: takes so many bytes as it has room for. It outlives the stream that
/// writes to it.
class wire {
public:
    static constexpr std::size_t no_end = std::numeric_limits<std::size_t>::max();

    /// To a stream that is written at once its writer knows at once what was taken.
    wire(std::size_t room, bool at_once) noexcept : room_{room}, at_once_{at_once} {}

    /// All that the hub has written.
    [[nodiscard]] std::string const& taken() const noexcept { return taken_; }
    /// The first bytes of that which make whole batches, of which the hub knows that they were written.
    [[nodiscard]] std::size_t acknowledged() const noexcept { return acknowledged_; }
    [[nodiscard]] bool closed_by_hub() const noexcept { return closed_; }
    [[nodiscard]] std::chrono::milliseconds closed_at() const noexcept { return closed_at_; }
    [[nodiscard]] bool peer_gone() const noexcept { return gone_; }
    [[nodiscard]] bool takes_all() const noexcept { return room_ == no_end; }
    /// The hub has more to write than was taken.
    [[nodiscard]] bool blocked() const noexcept { return blocked_; }
    /// When the peer last took something, or the hub last began to wait for it.
    [[nodiscard]] std::chrono::milliseconds since() const noexcept { return since_; }
    /// When the hub last wrote something.
    [[nodiscard]] std::chrono::milliseconds last_write() const noexcept { return last_write_; }

    /// The peer takes so many bytes, from now.
    void set_room(std::size_t room)
    {
        room_ = room;
        if (room != 0) {
            resume(writing, {});
        }
    }
    /// The peer closes the connection.
    void leave()
    {
        gone_ = true;
        resume(writing, {});
        resume(reading, boost::asio::error::eof);
    }
    /// The hub has nothing more to do: what was completed is known to it.
    void note_idle() noexcept
    {
        if (!closed_ && taken_.size() == batch_end_) {
            acknowledged_ = batch_end_;
        }
    }

    /// @name For the stream
    /// @{
    std::function<void(error_code)> reading;
    std::function<void(error_code)> writing;

    /// The hub writes the text, as much of it as there is room for.
    std::size_t take(char const* text, std::size_t size, error_code& ec)
    {
        ec = gone_ || closed_ ? boost::asio::error::broken_pipe : error_code{};
        if (ec) {
            return 0;
        }
        if (taken_.size() + size != batch_end_) {
            bool const goes_on = std::exchange(last_size_, size) == most_at_once;
            acknowledged_ = goes_on ? acknowledged_ : taken_.size();
            batch_end_ = taken_.size() + size;
        }
        auto const count = std::min(size, room_);
        taken_.append(text, count);
        room_ -= room_ == no_end ? 0 : count;
        blocked_ = count != size;
        if (at_once_ && !blocked_) {
            acknowledged_ = batch_end_;
        }
        if (count != 0) {
            last_write_ = clock_now();
        }
        since_ = clock_now();
        return count;
    }
    void close()
    {
        closed_at_ = closed_ ? closed_at_ : clock_now();
        closed_ = true;
        resume(writing, boost::asio::error::operation_aborted);
        resume(reading, boost::asio::error::operation_aborted);
    }
    [[nodiscard]] bool writable() const noexcept { return room_ != 0 || gone_ || closed_; }
    /// @}

private:
    static void resume(std::function<void(error_code)>& waiting, error_code ec)
    {
        if (auto const f = std::exchange(waiting, nullptr)) {
            f(ec);
        }
    }

    /// A batch of more bytes is written in parts of so many.
    static constexpr std::size_t most_at_once = h1_writer::most_taken;

    std::size_t room_;
    bool at_once_;
    std::string taken_;
    std::size_t acknowledged_ = 0;
    std::size_t batch_end_ = 0;
    std::size_t last_size_ = 0;
    bool closed_ = false;
    bool gone_ = false;
    bool blocked_ = false;
    std::chrono::milliseconds closed_at_{};
    std::chrono::milliseconds since_ = clock_now();
    std::chrono::milliseconds last_write_ = clock_now();
};

/// What both kinds of streams have in common.
class stream_base {
public:
    using executor_type = boost::asio::any_io_executor;

    stream_base(executor_type executor, wire& w) : executor_{std::move(executor)}, wire_{&w} {}

    [[nodiscard]] executor_type get_executor() const { return executor_; }
    void close() { wire_->close(); }

    template <class Buffers, class Token>
    auto async_read_some(Buffers const& /*room*/, Token&& token)
    {
        return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler) {
                auto const finish = [this](auto h, error_code ec) { this->complete(std::move(h), ec, std::size_t{0}); };
                auto kept = keep(wire_->reading, std::move(handler), finish);
                if (wire_->peer_gone()) {
                    kept(boost::asio::error::eof);
                } else {
                    wire_->reading = std::move(kept);
                }
            },
            token);
    }

    template <class Buffers, class Token>
    auto async_write_some(Buffers const& bytes, Token&& token)
    {
        return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler, auto from) {
                // One buffer, as the hub writes.
                auto const first = *boost::asio::buffer_sequence_begin(from);
                auto const* const text = static_cast<char const*>(first.data());
                error_code ec;
                auto const count = wire_->take(text, first.size(), ec);
                if (ec || count != 0) {
                    complete(std::move(handler), ec, count);
                    return;
                }
                auto const again = [this, text, size = first.size()](auto h, error_code failed) {
                    auto const taken = failed ? 0 : wire_->take(text, size, failed);
                    this->complete(std::move(h), failed, taken);
                };
                wire_->writing = keep(wire_->writing, std::move(handler), again);
            },
            token, bytes);
    }

protected:
    [[nodiscard]] wire& peer() const noexcept { return *wire_; }

    template <class Handler, class... Values>
    void complete(Handler handler, error_code ec, Values... values)
    {
        boost::asio::post(executor_, boost::asio::append(std::move(handler), ec, values...));
    }

    /// The handler as a function that calls `finish(handler, error)`; until then a cancellation does, if the function
    /// lies in `where`.
    template <class Handler, class Finish>
    [[nodiscard]] static std::function<void(error_code)> keep(std::function<void(error_code)>& where, Handler handler,
                                                              Finish finish)
    {
        auto slot = boost::asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected()) {
            slot.assign([&where](boost::asio::cancellation_type /*any*/) {
                if (auto const f = std::exchange(where, nullptr)) {
                    f(boost::asio::error::operation_aborted);
                }
            });
        }
        auto const kept = std::make_shared<Handler>(std::move(handler));
        return [kept, finish](error_code ec) { finish(std::move(*kept), ec); };
    }

private:
    executor_type executor_;
    wire* wire_;
};

/// A stream without readiness to wait for, as a TLS stream: written asynchronously.
class asynchronous_stream : public stream_base {
public:
    using stream_base::stream_base;
};

/// A stream that is asked for readiness and then written at once, as a socket.
class ready_stream : public stream_base {
public:
    using stream_base::stream_base;

    void non_blocking(bool /*on*/, error_code& ec) { ec = {}; }

    template <class Buffer>
    std::size_t write_some(Buffer const& bytes, error_code& ec)
    {
        auto const count = peer().take(static_cast<char const*>(bytes.data()), bytes.size(), ec);
        if (!ec && count == 0) {
            ec = boost::asio::error::would_block;
        }
        return count;
    }
    template <class Buffer>
    std::size_t read_some(Buffer const& /*room*/, error_code& ec)
    {
        ec = peer().peer_gone() ? error_code{boost::asio::error::eof} : error_code{boost::asio::error::would_block};
        return 0;
    }

    template <class Token>
    auto async_wait(boost::asio::socket_base::wait_type what, Token&& token)
    {
        return boost::asio::async_initiate<Token, void(error_code)>(
            [this, what](auto handler) {
                bool const writes = what == boost::asio::socket_base::wait_write;
                if (writes ? peer().writable() : peer().peer_gone() || peer().closed_by_hub()) {
                    complete(std::move(handler), {});
                    return;
                }
                auto& where = writes ? peer().writing : peer().reading;
                // Readiness: what became of the peer is found out by reading.
                auto const finish = [this](auto h, error_code ec) {
                    this->complete(std::move(h), ec == boost::asio::error::eof ? error_code{} : ec);
                };
                where = keep(where, std::move(handler), finish);
            },
            token);
    }
};

} // namespace sluice::model
