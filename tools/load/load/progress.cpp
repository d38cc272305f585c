#include "progress.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace sluice::load {
namespace {

constexpr auto clear_line = "\r\x1b[K";
constexpr std::uint64_t ticks_in_a_log = 10;

unique_fd make_ticks()
{
    unique_fd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
    const itimerspec every_second{{1, 0}, {1, 0}};
    if (!timer || ::timerfd_settime(timer.get(), 0, &every_second, nullptr) != 0) {
        throw std::system_error(errno, std::generic_category(), "timerfd");
    }
    return timer;
}

} // namespace

progress::progress(reactor& loop, const tally& counts)
    : counts_(counts), is_terminal_(::isatty(STDERR_FILENO) != 0), timer_(make_ticks()), start_(clock::now())
{
    loop.add(timer_.get(), EPOLLIN, *this);
}

void progress::finish()
{
    if (timer_ && is_terminal_) {
        std::fputs(clear_line, stderr);
    }
    timer_.reset();
}

void progress::say(std::string_view phase)
{
    phase_ = phase;
    if (timer_ && is_terminal_) {
        show();
    }
}

void progress::on_ready(std::uint32_t /*events*/)
{
    std::uint64_t ticks = 0;
    if (::read(timer_.get(), &ticks, sizeof ticks) == sizeof ticks) {
        const auto lines = ticks_ / ticks_in_a_log;
        ticks_ += ticks;
        if (is_terminal_ || ticks_ / ticks_in_a_log != lines) {
            show();
        }
        delivered_before_ = counts_.delivered;
    }
}

void progress::show()
{
    const auto seconds = std::chrono::duration<double>(clock::now() - start_).count();
    const auto text = progress_text(phase_, seconds, counts_, delivered_before_);
    if (is_terminal_) {
        fmt::print(stderr, "{}{}", clear_line, text);
    } else {
        fmt::print(stderr, "{}\n", text);
    }
    std::fflush(stderr);
}

std::string progress_text(std::string_view phase, double seconds, const tally& counts, std::uint64_t delivered_before)
{
    auto text = fmt::format("{:3.0f} s  {}: {} streams live, {} published, {} delivered, {} a second", seconds, phase,
                            counts.in(stream_state::live), counts.published, counts.delivered,
                            counts.delivered - delivered_before);
    const auto wrong = counts.duplicated + counts.misordered + counts.unexpected + counts.in(stream_state::ended);
    if (wrong > 0) {
        text += fmt::format(", {} WRONG", wrong);
    }
    return text;
}

} // namespace sluice::load
