#pragma once

#include <support/deadline.hpp>
#include <support/own_socket.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <poll.h>
#include <sys/socket.h>

namespace sluice::test {

/// Stands where the service manager would: hears what a process tells about itself (sd_notify(3)).
class notify_socket {
public:
    /// A path, or an abstract name that `@` begins.
    explicit notify_socket(std::string name) : name_(std::move(name)), socket_(own_socket::local(name_, SOCK_DGRAM)) {}

    [[nodiscard]] const std::string& name() const { return name_; }

    /// The next that it is told; empty when nothing comes in time.
    [[nodiscard]] std::string next(deadline until = {}) const
    {
        pollfd entry{.fd = socket_.descriptor(), .events = POLLIN, .revents = 0};
        if (::poll(&entry, 1, until.poll_timeout()) != 1) {
            return {};
        }
        std::array<char, 4096> buffer{};
        const auto size = ::recv(socket_.descriptor(), buffer.data(), buffer.size(), 0);
        return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
    }

private:
    std::string name_;
    own_socket socket_;
};

} // namespace sluice::test
