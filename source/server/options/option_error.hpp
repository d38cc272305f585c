#pragma once

#include <stdexcept>
#include <string>

namespace sluice::server {

/// Why the options cannot be read, in one line that names what is wrong and where, but never a secret.
class option_error : public std::runtime_error {
public:
    enum class status {
        unreadable = 1, ///< a file that cannot be read
        misused = 2,    ///< an unknown option or a bad value
    };

    explicit option_error(std::string const& what, status s = status::misused) : std::runtime_error{what}, status_{s} {}

    /// The exit status of the process.
    [[nodiscard]] int exit_status() const noexcept { return static_cast<int>(status_); }

private:
    status status_;
};

} // namespace sluice::server
