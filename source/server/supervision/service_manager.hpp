#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::server {

/// What supervises the process, such as systemd, as far as the process tells it about itself: datagrams to the local
/// socket that `NOTIFY_SOCKET` names (sd_notify(3)). Without one nothing is told. Nothing here waits.
///
/// The protocol is a stable and documented one of few lines, so that no library is needed for it. Safe from any
/// thread.
class service_manager {
public:
    /// Looks into the environment.
    service_manager();
    ~service_manager();
    service_manager(service_manager const&) = delete;
    service_manager& operator=(service_manager const&) = delete;

    /// The start is over. The status is for people.
    void ready(std::string_view status);
    /// The options are being read anew, until `reloaded`, however that goes.
    void reloading();
    void reloaded();
    void stopping(std::string_view status);
    /// A sign of life for the watchdog.
    void alive();
    /// The watchdog ends the process when it sees no sign of life for so long; nothing: there is none.
    [[nodiscard]] std::optional<std::chrono::microseconds> watchdog_time() const noexcept { return watchdog_time_; }

private:
    void notify(std::string_view message);

    /// -1 when nobody is to be told.
    int socket_ = -1;
    /// As `sendto` wants it.
    std::string address_;
    std::optional<std::chrono::microseconds> watchdog_time_;
};

} // namespace sluice::server
