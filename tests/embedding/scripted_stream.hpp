#pragma once

#include <sluice/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>

namespace sluice::test {

/// What a scripted stream's peer has and does; it outlives the stream.
struct script {
    static constexpr std::size_t no_end = std::numeric_limits<std::size_t>::max();

    std::size_t takes = no_end; ///< then it takes no more
    bool fails = true;          ///< and what is written beyond fails; else it waits
    std::string taken;
    bool closed = false;
    std::function<void(error_code)> reading; ///< the read that waits
    std::function<void(error_code)> writing; ///< the write that waits
};

/// A stream whose peer takes so many bytes as its script says, and then fails or stalls. It has no readiness to wait
/// for, as a TLS stream has none.
class scripted_stream {
public:
    using executor_type = boost::asio::any_io_executor;

    scripted_stream(executor_type executor, script& s) : executor_{std::move(executor)}, script_{&s} {}
    scripted_stream(scripted_stream&& other) noexcept
        : executor_{std::move(other.executor_)}, script_{std::exchange(other.script_, nullptr)}
    {
    }
    scripted_stream& operator=(scripted_stream&&) = delete;
    scripted_stream(scripted_stream const&) = delete;
    scripted_stream& operator=(scripted_stream const&) = delete;
    ~scripted_stream()
    {
        if (script_ != nullptr) {
            close();
        }
    }

    [[nodiscard]] executor_type get_executor() const { return executor_; }

    template <class Buffers, class Token>
    auto async_write_some(Buffers const& bytes, Token&& token)
    {
        return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler, Buffers const& from) {
                std::string text(boost::asio::buffer_size(from), '\0');
                boost::asio::buffer_copy(boost::asio::buffer(text), from);
                auto const room = give(text);
                if (room != 0 || text.empty()) {
                    complete(std::move(handler), {}, room);
                } else if (script_->fails || script_->closed) {
                    complete(std::move(handler), boost::asio::error::broken_pipe, 0);
                } else {
                    keep(script_->writing, std::move(handler), text);
                }
            },
            token, bytes);
    }

    template <class Buffers, class Token>
    auto async_read_some(Buffers const& /*room*/, Token&& token)
    {
        return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler) { keep(script_->reading, std::move(handler), {}); }, token);
    }

    void close()
    {
        script_->closed = true;
        for (auto* const waiting : {&script_->reading, &script_->writing}) {
            if (auto const resume = std::exchange(*waiting, nullptr)) {
                resume(boost::asio::error::operation_aborted);
            }
        }
    }

private:
    /// Gives the peer what it takes of the text; returns how much that was.
    std::size_t give(std::string const& text)
    {
        auto const room = std::min(text.size(), script_->takes - script_->taken.size());
        script_->taken.append(text, 0, room);
        return room;
    }

    template <class Handler>
    void complete(Handler handler, error_code ec, std::size_t bytes)
    {
        boost::asio::post(executor_, boost::asio::append(std::move(handler), ec, bytes));
    }

    template <class Handler>
    void keep(std::function<void(error_code)>& where, Handler handler, std::string text)
    {
        auto slot = boost::asio::get_associated_cancellation_slot(handler);
        auto const kept = std::make_shared<Handler>(std::move(handler));
        where = [this, kept, text = std::move(text)](error_code ec) {
            complete(std::move(*kept), ec, ec ? 0 : give(text));
        };
        if (slot.is_connected()) {
            slot.assign([&where](boost::asio::cancellation_type) {
                if (auto const resume = std::exchange(where, nullptr)) {
                    resume(boost::asio::error::operation_aborted);
                }
            });
        }
    }

    executor_type executor_;
    script* script_;
};

} // namespace sluice::test
