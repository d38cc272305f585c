#pragma once

#include <sluice/http/h1_writer.hpp>

#include <boost/asio/bind_executor.hpp>

#include <polled_hub.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <utility>

namespace sluice::test {

/// Writes an event stream to a peer that takes as many bytes as the test gives it room for: the connection's
/// loop without a connection.
class stream_driver final : h1_writer::closer {
public:
    static constexpr std::size_t no_end = std::numeric_limits<std::size_t>::max();

    stream_driver(polled_hub& hub, std::unique_ptr<client> c, std::size_t room = no_end,
                  body_framing framing = body_framing::chunked, std::string head = {})
        : hub_{hub},
          client_{std::move(c)},
          room_{room},
          events_{*client_, hub.broker().config(), std::move(head), framing, *this}
    {
        write();
    }
    stream_driver(stream_driver const&) = delete;
    stream_driver& operator=(stream_driver const&) = delete;
    ~stream_driver() { client_->end(end_reason::peer_closed); }

    /// The peer takes so many bytes more.
    void give_room(std::size_t bytes)
    {
        room_ = bytes == no_end ? no_end : room_ + bytes;
        if (stalled_) {
            stalled_ = false;
            client_->unblocked();
            write();
        }
        hub_.settle();
    }

    [[nodiscard]] std::string const& taken() const noexcept { return taken_; }
    [[nodiscard]] client& subject() noexcept { return *client_; }
    [[nodiscard]] bool stalled() const noexcept { return stalled_; }
    /// All was said, in good order.
    [[nodiscard]] bool finished() const noexcept { return finished_; }
    [[nodiscard]] bool was_closed() const noexcept { return closed_; }
    [[nodiscard]] bool was_reset() const noexcept { return reset_; }

private:
    void close() noexcept override { closed_ = true; }
    void reset() noexcept override { reset_ = true; }

    void write()
    {
        for (auto bytes = events_.next(); !bytes.empty(); bytes = events_.next()) {
            auto const count = std::min(bytes.size(), room_);
            bool const all = count == bytes.size();
            taken_ += bytes.substr(0, count);
            room_ -= room_ == no_end ? 0 : count;
            events_.consume(count);
            if (!all) {
                events_.park();
                client_->blocked();
                stalled_ = true;
                return;
            }
        }
        finished_ = events_.finished();
        if (!finished_) {
            auto const on_wake = [this, alive = std::weak_ptr{alive_}](error_code) {
                // The end of the client resumes the waiter later, when this may be gone.
                if (!alive.expired()) {
                    write();
                }
            };
            client_->async_wait(boost::asio::bind_executor(hub_.executor(), on_wake));
        }
    }

    polled_hub& hub_;
    std::unique_ptr<client> client_;
    std::size_t room_;
    std::string taken_;
    bool stalled_ = false;
    bool finished_ = false;
    bool closed_ = false;
    bool reset_ = false;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    h1_writer events_;
};

/// The data of the event with this number.
[[nodiscard]] inline std::string number(std::size_t i) { return std::to_string(i); }

} // namespace sluice::test
