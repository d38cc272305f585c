#pragma once

#include <support/socket.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

namespace sluice::test {

/// A peer for the tests of the test support: takes one connection on a free port of 127.0.0.1, reads the
/// head of a request, and runs a script on the connection, which it then closes.
class scripted_listener {
public:
    using script = std::function<void(stream_socket& peer)>;

    explicit scripted_listener(script run);
    ~scripted_listener();
    scripted_listener(const scripted_listener&) = delete;
    scripted_listener& operator=(const scripted_listener&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// What it has read; whole once join() returns.
    [[nodiscard]] const std::string& received() const { return received_; }
    void join();

private:
    void serve(const script& run);

    int descriptor_ = -1;
    std::uint16_t port_ = 0;
    std::string received_;
    std::thread thread_;
};

} // namespace sluice::test
