#include "log_sink.hpp"

#include "log_line.hpp"
#include "logging.hpp"

#include <cerrno>
#include <string_view>

#include <poll.h>
#include <unistd.h>

namespace sluice::server {
namespace {

using namespace std::chrono_literals;

/// How often dropped lines are reported while lines are being dropped.
constexpr auto telling_interval = 1s;

/// Writes all of the text; false if that fails. It may wait indefinitely, because this thread has nothing else to do.
[[nodiscard]] bool write_all(std::string_view text)
{
    while (!text.empty()) {
        auto const written = ::write(STDERR_FILENO, text.data(), text.size());
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            // A process that shares the terminal or pipe has made it non-blocking.
            pollfd entry{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
            ::poll(&entry, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

} // namespace

std::uint64_t log_sink::dropped() const { return queue_.overrun_counter() + unwritten_.load(); }

std::uint64_t log_sink::flushes() const
{
    std::lock_guard const lock{mutex_flushes_};
    return flushes_;
}

bool log_sink::wait_for_flush(std::uint64_t count, std::chrono::milliseconds within) const
{
    std::unique_lock lock{mutex_flushes_};
    return flushed_.wait_for(lock, within, [&] { return flushes_ >= count; });
}

void log_sink::sink_it_(spdlog::details::log_msg const& message)
{
    // Reported where the gap is, and at the latest when the queue is empty.
    if (queue_.queue_size() == 0 || clock::now() - told_at_ >= telling_interval) {
        tell_dropped();
    }
    write(message);
}

void log_sink::tell_dropped()
{
    auto const dropped_by_now = dropped();
    if (dropped_by_now == told_) {
        return;
    }
    auto const text = log_payload("log lines were dropped", {{"count", dropped_by_now - told_}});
    told_ = dropped_by_now;
    told_at_ = clock::now();
    write({"sluice", spdlog::level::warn, {text.data(), text.size()}});
}

void log_sink::write(spdlog::details::log_msg const& message)
{
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (!write_all({line.data(), line.size()})) {
        unwritten_.fetch_add(1);
    }
}

void log_sink::flush_()
{
    tell_dropped();
    {
        std::lock_guard const lock{mutex_flushes_};
        ++flushes_;
    }
    flushed_.notify_all();
}

} // namespace sluice::server
