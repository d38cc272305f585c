#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace sluice::load {

/// How the bytes of an event get into many sockets: the floor itself.
class event_sender {
public:
    virtual ~event_sender() = default;

    /// Sends `bytes` to all, in order, and returns the places in `sockets` of those that did not take them whole at
    /// once.
    virtual std::vector<std::size_t> send(std::span<const int> sockets, std::string_view bytes) = 0;
};

/// The build, the kernel or a sandbox has no io_uring for this program; `what` says which.
class uring_unavailable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// One `send` for each socket.
std::unique_ptr<event_sender> make_syscall_sender();

/// Many sends in one system call. For one thread. Throws uring_unavailable, or std::system_error when the kernel lacks
/// memory or descriptors.
std::unique_ptr<event_sender> make_uring_sender();

} // namespace sluice::load
