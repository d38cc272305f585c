#pragma once

#include <sluice/client/options.hpp>
#include <sluice/client/peer_memory.hpp>
#include <sluice/client/pending_receive.hpp>
#include <sluice/client/pulse.hpp>
#include <sluice/client/stream_reader.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

class connection_loop;

/// What the receiving side, `event_source`, and the connecting side, `connection_loop`, share: events that were read
/// and not yet received, and the receive that waits for one. Owned by both sides, so that either may be destroyed
/// first. While an event has not been received, nothing more is read. Confined to its executor.
class event_source_core : public std::enable_shared_from_this<event_source_core> {
public:
    event_source_core(boost::asio::any_io_executor executor, boost::urls::url_view const& url,
                      event_source_options options);
    event_source_core(event_source_core const&) = delete;
    event_source_core& operator=(event_source_core const&) = delete;
    ~event_source_core();

    [[nodiscard]] boost::asio::any_io_executor const& executor() const noexcept { return executor_; }
    [[nodiscard]] event_source_options const& options() const noexcept { return options_; }
    [[nodiscard]] boost::urls::url_view url() const noexcept { return url_; }
    [[nodiscard]] event_source_state state() const noexcept { return state_; }
    [[nodiscard]] std::string const& why() const noexcept { return why_; }
    [[nodiscard]] int status() const noexcept { return status_; }
    [[nodiscard]] bool ended() const noexcept { return end_.has_value(); }

    /// @name For the receiving side
    /// @{
    void receive(pending_receive::pointer waiter);
    [[nodiscard]] bool try_receive(received_event& out);
    /// Ends the event source; a waiting receive completes with `ec`.
    void end(error_code ec, std::string why);
    /// Ends the event source because its owner wants so; events that were not received are dropped.
    void close();
    /// The event source is destroyed: there will be no more receives.
    void abandon() noexcept;
    [[nodiscard]] std::string const& last_event_id() const noexcept;
    [[nodiscard]] std::string session_id() const;
    /// @}

    /// @name For the connecting side
    /// @{
    [[nodiscard]] stream_reader& reader() noexcept { return reader_; }
    [[nodiscard]] peer_memory const& memory() const noexcept { return memory_; }
    /// The caller's fields for a new attempt. The caller's function may end or destroy the event source.
    [[nodiscard]] event_source_headers headers() const;
    /// The status of the attempt's answer; 0 while there is none.
    void set_status(int status) noexcept { status_ = status; }
    /// The response is a stream, from this origin.
    void open_stream(std::string origin);
    /// There is no stream at the moment.
    void set_connecting(std::string why);
    /// Whether an event is there. If so, a waiting receive gets it.
    [[nodiscard]] bool offer();
    /// Bytes of the stream have arrived after a silence of this length.
    void on_bytes(std::chrono::milliseconds silence) noexcept { pulse_.on_bytes(silence); }
    /// After how long a silence the stream counts as dead; 0: never.
    [[nodiscard]] std::chrono::milliseconds deadline() const noexcept;
    /// Whether the stream was only a refusal (`server-busy`).
    [[nodiscard]] bool refused() const noexcept { return refused_; }
    /// Whether the server has ended a stream because of its token; asking answers it.
    [[nodiscard]] bool take_token_expired() noexcept { return std::exchange(token_expired_, false); }
    /// The coroutine is destroyed: `whole` if it ended by itself; otherwise the executor's context destroys it.
    void on_loop_gone(bool whole) noexcept;
    /// @}

private:
    [[nodiscard]] bool take(received_event& out);
    [[nodiscard]] bool fill();
    [[nodiscard]] bool is_to_be_received(std::string_view type) const noexcept;
    void note_control_event(std::string_view type) noexcept;
    void want_more();
    void schedule();
    void deliver();
    void cancel_receive();
    void tell(std::string why);

    boost::asio::any_io_executor executor_;
    event_source_options options_;
    boost::urls::url url_;
    event_source_state state_ = event_source_state::connecting;
    std::string why_;
    int status_ = 0;
    std::optional<error_code> end_;
    connection_loop* loop_ = nullptr;
    bool started_ = false;

    stream_reader reader_;
    peer_memory memory_;
    std::string origin_;
    pulse pulse_;
    /// How many comments the stream had brought when this was last checked.
    std::uint64_t comments_ = 0;
    bool refused_ = false;
    bool token_expired_ = false;

    /// The next event, and the last event id before it.
    received_event ready_;
    std::string id_before_ready_;
    bool has_ready_ = false;
    pending_receive::pointer waiter_;
    /// `deliver` is queued on the executor.
    bool scheduled_ = false;
};

} // namespace sluice
