#pragma once

#include "unique_fd.hpp"

#include <chrono>
#include <cstdint>

namespace sluice::load {

/// Something that owns a descriptor and wants to hear when it is ready.
class io_handler {
public:
    virtual ~io_handler() = default;

    /// `events` are epoll's bits. The handler must stay alive until the `poll` that called it has returned,
    /// also when it closes its descriptor: another event for it may be in the same batch.
    virtual void on_ready(std::uint32_t events) = 0;
};

/// A thin, level-triggered epoll loop. Not thread-safe. Handlers are not owned.
class reactor {
public:
    /// Throws std::system_error when the kernel refuses an epoll descriptor.
    reactor();

    void add(int fd, std::uint32_t events, io_handler& handler);
    void modify(int fd, std::uint32_t events, io_handler& handler);
    /// Nothing is heard of the descriptor any more, not even that its peer has gone.
    void remove(int fd);

    /// Waits at most `max_wait` (negative: for ever) and calls the handlers of one batch. The batch is small,
    /// so that a caller with a timetable gets control back while thousands of descriptors are ready.
    void poll(std::chrono::nanoseconds max_wait);

private:
    unique_fd epoll_;
};

} // namespace sluice::load
