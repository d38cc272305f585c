#include "reactor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include <sys/epoll.h>

namespace sluice::load {
namespace {

constexpr int batch_size = 64;

void control(int epoll, int operation, int fd, std::uint32_t events, io_handler& handler)
{
    epoll_event event{};
    event.events = events;
    event.data.ptr = &handler;
    if (::epoll_ctl(epoll, operation, fd, &event) != 0) {
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
}

int wait(int epoll, epoll_event* events, std::chrono::nanoseconds max_wait)
{
    if (max_wait.count() < 0) {
        return ::epoll_pwait2(epoll, events, batch_size, nullptr, nullptr);
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(max_wait);
    const timespec timeout{seconds.count(), (max_wait - seconds).count()};
    return ::epoll_pwait2(epoll, events, batch_size, &timeout, nullptr);
}

} // namespace

reactor::reactor() : epoll_(::epoll_create1(EPOLL_CLOEXEC))
{
    if (!epoll_) {
        throw std::system_error(errno, std::generic_category(), "epoll_create1");
    }
}

void reactor::add(int fd, std::uint32_t events, io_handler& handler)
{
    control(epoll_.get(), EPOLL_CTL_ADD, fd, events, handler);
}

void reactor::modify(int fd, std::uint32_t events, io_handler& handler)
{
    control(epoll_.get(), EPOLL_CTL_MOD, fd, events, handler);
}

void reactor::remove(int fd)
{
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr) != 0) {
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
}

void reactor::poll(std::chrono::nanoseconds max_wait)
{
    std::array<epoll_event, batch_size> events;
    const int count = wait(epoll_.get(), events.data(), max_wait);
    if (count < 0 && errno != EINTR) {
        throw std::system_error(errno, std::generic_category(), "epoll_pwait2");
    }
    for (int i = 0; i < count; ++i) {
        static_cast<io_handler*>(events[static_cast<std::size_t>(i)].data.ptr)
            ->on_ready(events[static_cast<std::size_t>(i)].events);
    }
}

} // namespace sluice::load
