#include "service_manager.hpp"

#include "logs/logging.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace sluice::server {
namespace {

/// The number in the variable; nothing if it is not set or not a number.
[[nodiscard]] std::optional<std::uint64_t> number_in(char const* variable)
{
    char const* const text = std::getenv(variable);
    std::string_view const digits{text == nullptr ? "" : text};
    std::uint64_t number = 0;
    auto const [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    bool const whole = ec == std::errc{} && end == digits.data() + digits.size();
    return whole ? std::optional{number} : std::nullopt;
}

[[nodiscard]] std::optional<std::chrono::microseconds> read_watchdog_time()
{
    auto const time = number_in("WATCHDOG_USEC");
    auto const process = number_in("WATCHDOG_PID");
    if (!time || *time == 0 || (process && *process != static_cast<std::uint64_t>(::getpid()))) {
        return std::nullopt;
    }
    return std::chrono::microseconds{*time};
}

/// The address of the local socket of this name, where `@` begins an abstract one; empty if the name cannot be one.
[[nodiscard]] std::string socket_address(std::string_view name)
{
    sockaddr_un address{};
    bool const is_local = name.starts_with('/') || name.starts_with('@');
    if (!is_local || name.size() < 2 || name.size() >= sizeof address.sun_path) {
        return {};
    }
    std::string bytes(offsetof(sockaddr_un, sun_path), '\0');
    address.sun_family = AF_UNIX;
    std::memcpy(bytes.data(), &address, bytes.size());
    bytes += name;
    if (name.front() == '@') {
        bytes[offsetof(sockaddr_un, sun_path)] = '\0';
    }
    return bytes;
}

} // namespace

service_manager::service_manager() : watchdog_time_{read_watchdog_time()}
{
    char const* const name = std::getenv("NOTIFY_SOCKET");
    if (name == nullptr || *name == '\0') {
        return;
    }
    address_ = socket_address(name);
    if (address_.empty()) {
        log_event(log_level::warn, "cannot notify the service manager: NOTIFY_SOCKET does not name a local socket",
                  {{"name", name}});
        return;
    }
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

service_manager::~service_manager()
{
    if (socket_ >= 0) {
        ::close(socket_);
    }
}

void service_manager::ready(std::string_view status) { notify(fmt::format("READY=1\nSTATUS={}", status)); }

void service_manager::reloading()
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.tv_sec * 1'000'000 + now.tv_nsec / 1000));
}

void service_manager::reloaded() { notify("READY=1"); }

void service_manager::stopping(std::string_view status) { notify(fmt::format("STOPPING=1\nSTATUS={}", status)); }

void service_manager::alive() { notify("WATCHDOG=1"); }

void service_manager::notify(std::string_view message)
{
    if (socket_ < 0) {
        return;
    }
    auto const* const to = reinterpret_cast<sockaddr const*>(address_.data());
    auto const size = static_cast<socklen_t>(address_.size());
    if (::sendto(socket_, message.data(), message.size(), MSG_NOSIGNAL, to, size) < 0) {
        auto const what = message.substr(0, message.find('\n'));
        log_event(log_level::warn, "could not notify the service manager",
                  {{"what", what}, {"error", std::strerror(errno)}});
    }
}

} // namespace sluice::server
