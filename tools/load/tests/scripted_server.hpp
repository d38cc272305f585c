#pragma once

#include "../common/endpoint.hpp"
#include "../common/reactor.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>

#include <poll.h>
#include <sys/socket.h>

namespace sluice::load {

/// A server that says what a test tells it to say, on one connection at a time. It runs in the thread of the reactor
/// whose clients it serves, so it polls that while it waits.
class scripted_server {
public:
    explicit scripted_server(reactor& loop) : loop_(loop), listener_(listen_on(resolve("127.0.0.1:0"))) {}

    endpoint address() const { return resolve("127.0.0.1:" + std::to_string(local_port(listener_.get()))); }

    /// Takes the next connection and returns the head of its request.
    std::string accept()
    {
        wait_for(listener_.get());
        socket_ = unique_fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        std::string head;
        while (!head.ends_with("\r\n\r\n")) {
            wait_for(socket_.get());
            char next = 0;
            if (::recv(socket_.get(), &next, 1, 0) != 1) {
                throw std::runtime_error("the client left");
            }
            head += next;
        }
        return head;
    }

    void send(std::string_view text)
    {
        if (::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) {
            throw std::runtime_error("send");
        }
    }

    void close() { socket_.reset(); }

    /// Stops to listen: whoever connects now is refused.
    void leave() { listener_.reset(); }

private:
    void wait_for(int fd)
    {
        for (int tries = 0; tries < 10'000; ++tries) {
            pollfd readable{fd, POLLIN, 0};
            if (::poll(&readable, 1, 0) == 1) {
                return;
            }
            loop_.poll(std::chrono::milliseconds(1));
        }
        throw std::runtime_error("nothing came");
    }

    reactor& loop_;
    unique_fd listener_;
    unique_fd socket_;
};

} // namespace sluice::load
