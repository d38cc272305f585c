#pragma once

#include <algorithm>
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

/// The message as a single line without control characters, whatever a value contained.
[[nodiscard]] inline std::string one_line(std::string message)
{
    std::ranges::replace_if(message, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, ' ');
    return message;
}

} // namespace sluice::server
