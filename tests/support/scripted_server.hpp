#pragma once

#include <support/deadline.hpp>
#include <support/socket.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sluice::test {

/// A server that answers each connection by a script, one after the other, on a free port of 127.0.0.1. A script that
/// returns closes its connection.
class scripted_server {
public:
    /// `visit` counts the connections from 0; `request` is the head of the request.
    using script = std::function<void(stream_socket& peer, std::string const& request, std::size_t visit)>;

    explicit scripted_server(script run);
    /// Answers each with these bytes.
    explicit scripted_server(std::string response);
    ~scripted_server();
    scripted_server(scripted_server const&) = delete;
    scripted_server& operator=(scripted_server const&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string origin() const;
    [[nodiscard]] std::string url(std::string_view path = "/events") const;
    /// The heads of the requests so far.
    [[nodiscard]] std::vector<std::string> requests() const;
    [[nodiscard]] std::size_t visits() const { return visits_; }

private:
    void serve(script const& run);
    void serve_one(int accepted, script const& run);

    int descriptor_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<std::size_t> visits_ = 0;
    std::atomic<bool> stopping_ = false;
    mutable std::mutex mutex_;
    std::vector<std::string> requests_; ///< guarded by `mutex_`
    std::thread thread_;
};

/// Sends these bytes to each, and stays silent until the peer goes.
[[nodiscard]] scripted_server::script reply_and_hold(std::string bytes);

/// The head of a stream whose body goes until the close.
inline constexpr std::string_view stream_head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

/// Waits until the peer closes the connection.
void await_close(stream_socket& peer);

/// The value of a field in a request's head, empty when there is none.
std::string field_of(std::string_view request, std::string_view name);

} // namespace sluice::test
