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

namespace sluice {

class connection_loop;

/// Where the one who receives and the coroutine that connects meet: what was read and not yet received, and who waits
/// for it. Shared by both, so that either may go first. Confined to its executor. As long as there is an event that
/// nobody has received, nothing more is read.
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

    /// @name For the one who receives
    /// @{
    void receive(pending_receive::pointer waiter);
    [[nodiscard]] bool try_receive(received_event& out);
    /// Ends it all: whoever waits is told `ec`.
    void end(error_code ec, std::string why);
    /// Ends it all by wish: what was not received is dropped.
    void close();
    /// Nobody will receive any more.
    void abandon() noexcept;
    [[nodiscard]] std::string const& last_event_id() const noexcept;
    [[nodiscard]] std::string session_id() const;
    /// @}

    /// @name For the coroutine that connects
    /// @{
    [[nodiscard]] stream_reader& reader() noexcept { return reader_; }
    [[nodiscard]] peer_memory const& memory() const noexcept { return memory_; }
    /// The caller's fields for an attempt that begins. Asking for them may end or destroy the event source.
    [[nodiscard]] event_source_headers headers() const;
    /// The status that the attempt was answered with; 0: none yet.
    void set_status(int status) noexcept { status_ = status; }
    /// The response is a stream, from that origin.
    void open_stream(std::string origin);
    /// There is no stream now.
    void set_connecting(std::string why);
    /// Whether an event is there; then whoever waits gets it.
    [[nodiscard]] bool offer();
    /// Bytes of the stream have come, after waiting so long for them.
    void on_bytes(std::chrono::milliseconds silence) noexcept { pulse_.on_bytes(silence); }
    /// How long a silence means that the stream is dead; 0: none does.
    [[nodiscard]] std::chrono::milliseconds deadline() const noexcept;
    /// The stream has said that it is only a refusal (`server-busy`).
    [[nodiscard]] bool refused() const noexcept { return refused_; }
    /// The coroutine goes; `whole` when it ended by itself, else its executor's context goes away.
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
    /// How many comments the stream had brought when that was last looked at.
    std::uint64_t comments_ = 0;
    bool refused_ = false;

    /// The next event, and the last event id before it.
    received_event ready_;
    std::string id_before_ready_;
    bool has_ready_ = false;
    pending_receive::pointer waiter_;
    /// `deliver` is on its way.
    bool scheduled_ = false;
};

} // namespace sluice
