#pragma once

#include <sluice/config.hpp>
#include <sluice/http/session_cookie.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace sluice::server {

enum class log_format { text, json };

/// Everything that an operator can set, with its default. `options/declarations.cpp` has the names.
struct options {
    std::vector<std::string> listen{"127.0.0.1:8080"};
    std::string operations_listen;   ///< empty: operators use the other addresses
    std::vector<std::string> passed; ///< where the sockets listen that were passed to the process
    std::size_t threads = 0;         ///< 0: one for each CPU of this process
    broker_config broker;
    cookie_options cookie;
    std::vector<std::string> cors_origins;
    std::vector<std::string> allowed_hosts;   ///< host names that are allowed besides the server's own
    std::vector<std::string> trusted_proxies; ///< ranges of addresses
    std::string publish_token;                ///< empty: none is needed
    std::string publish_token_file;           ///< whence it was read; empty: from no file
    std::string subscribe_token;              ///< empty: none is needed
    std::string subscribe_token_file;         ///< whence it was read; empty: from no file
    bool insecure = false;                    ///< allows a start without a publish token even if others can connect
    std::chrono::milliseconds drain_timeout = std::chrono::seconds{10};
    std::chrono::milliseconds drain_delay{0};
    std::string log_level = "info";
    server::log_format log_format = log_format::text;
    bool publishing = true;
    std::chrono::milliseconds idle_timeout = std::chrono::seconds{75};
    std::size_t body_memory = std::size_t{256} << 20U; ///< the most memory for the bodies of all requests together
};

/// The result of reading the options if the server is not to start.
struct early_exit {
    int status;
    /// The output if the status is 0; otherwise what is wrong, as one line without a line end.
    std::string text;
};

struct parsed_options {
    server::options options;
    std::optional<early_exit> exit;
};

/// Whether the process is starting or already running.
enum class reading {
    at_start,
    /// Only regular files are accepted: a pipe that was read at the start is empty now, or would block.
    again,
};

/// Reads the options from the arguments (without the program's name), the environment (`SLUICE_` and the name in upper
/// case with underscores) and the TOML file that `--config` names; earlier sources win. Then it reads the files that
/// hold tokens. `passed` has the addresses of the sockets that were passed to the process; if there are any, `--listen`
/// has no default. It must not run while another thread changes the environment.
[[nodiscard]] parsed_options parse_options(std::vector<std::string> const& arguments, reading when = reading::at_start,
                                           std::vector<std::string> passed = {});

} // namespace sluice::server
