#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

/// By which names the server lets itself be asked where no token guards it. A page whose own name was pointed at this
/// machine (DNS rebinding) is of the server's origin to its browser, and shows only by the name in `Host`.
class host_policy {
public:
    /// Names that `Host` may have beside those of this machine; `*`: any.
    explicit host_policy(std::vector<std::string> names) : names_{std::move(names)} {}

    /// Whether a `Host` names an IP address, `localhost`, a name under `.localhost`, or one of the names, with whatever
    /// port.
    [[nodiscard]] bool allows(std::string_view host) const;

private:
    std::vector<std::string> names_;
};

/// Whether the text is a host's name without a port, or the `*` that stands for all.
[[nodiscard]] bool is_host_name(std::string_view text) noexcept;

} // namespace sluice::server
