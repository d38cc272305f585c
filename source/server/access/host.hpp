#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

/// The host names that requests may use while no token protects the server. If the name of a page is made to point at
/// this machine (DNS rebinding), the browser takes the page and the server for one origin; only the name in `Host`
/// gives it away.
class host_policy {
public:
    /// The names that are allowed besides those of this machine; `*` allows all.
    explicit host_policy(std::vector<std::string> names) : names_{std::move(names)} {}

    /// Whether a `Host` is an IP address, `localhost`, a name under `.localhost`, or one of the allowed names, with any
    /// port.
    [[nodiscard]] bool allows(std::string_view host) const;

private:
    std::vector<std::string> names_;
};

/// Whether the text is a host name without a port, or `*`.
[[nodiscard]] bool is_host_name(std::string_view text) noexcept;

} // namespace sluice::server
