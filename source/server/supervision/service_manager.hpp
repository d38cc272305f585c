#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::server {

/// Notifies whatever supervises the process, such as systemd, with datagrams to the local socket that `NOTIFY_SOCKET`
/// names (sd_notify(3)). Without that variable it does nothing. No function waits.
///
/// The protocol is stable, documented and a few lines long, so no library is needed. Safe from any thread.
class service_manager {
public:
    /// Reads the environment.
    service_manager();
    ~service_manager();
    service_manager(service_manager const&) = delete;
    service_manager& operator=(service_manager const&) = delete;

    /// The server is ready. `status` is a text for people.
    void ready(std::string_view status);
    /// The options are being read again, until `reloaded`, whether that succeeds or not.
    void reloading();
    void reloaded();
    void stopping(std::string_view status);
    /// A sign of life for the watchdog.
    void alive();
    /// The watchdog ends the process after this time without a sign of life; nothing if there is no watchdog.
    [[nodiscard]] std::optional<std::chrono::microseconds> watchdog_time() const noexcept { return watchdog_time_; }

private:
    void notify(std::string_view message);

    /// -1 if there is no service manager.
    int socket_ = -1;
    /// In the form that `sendto` takes.
    std::string address_;
    std::optional<std::chrono::microseconds> watchdog_time_;
};

} // namespace sluice::server
