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

/// Everything that an operator can set, with its default. `options/declarations.cpp` says how each is called.
struct options {
    std::vector<std::string> listen{"127.0.0.1:8080"};
    std::string operations_listen;   ///< empty: what is for operators is at the other addresses
    std::vector<std::string> passed; ///< where the sockets listen that the process was started with
    std::size_t threads = 0;         ///< 0: as many as there are CPUs for this process
    broker_config broker;
    cookie_options cookie;
    std::vector<std::string> cors_origins;
    std::vector<std::string> allowed_hosts;   ///< names by which the server may be asked for, beside its own
    std::vector<std::string> trusted_proxies; ///< ranges of addresses
    std::string publish_token;                ///< empty: none is needed
    std::string publish_token_file;           ///< whence it was read; empty: from no file
    std::string subscribe_token;              ///< empty: none is needed
    std::string subscribe_token_file;         ///< whence it was read; empty: from no file
    bool insecure = false;                    ///< no publish token is needed even where others can connect
    std::chrono::milliseconds drain_timeout = std::chrono::seconds{10};
    std::chrono::milliseconds drain_delay{0};
    std::string log_level = "info";
    server::log_format log_format = log_format::text;
    bool publishing = true;
    std::chrono::milliseconds idle_timeout = std::chrono::seconds{75};
    std::size_t body_memory = std::size_t{256} << 20U; ///< the most that all bodies of requests may take together
};

/// How reading the options ended when the server is not to start.
struct early_exit {
    int status;
    /// For standard output when the status is 0; else what is wrong, in one line without its end.
    std::string text;
};

struct parsed_options {
    server::options options;
    std::optional<early_exit> exit;
};

/// Whether the process starts or runs already.
enum class reading {
    at_start,
    /// What is no regular file is refused: a pipe that was read once is empty now, or has the reader wait.
    again,
};

/// Reads the options from the arguments (without the program's name), from the environment (`SLUICE_` and the name in
/// upper case with underscores) and from the TOML file that `--config` names, which give way to each other in this
/// order; then the files that hold tokens. `passed` is where the sockets listen that the process was started with: with
/// any, there is no default for `--listen`. Not while another thread changes the environment.
[[nodiscard]] parsed_options parse_options(std::vector<std::string> const& arguments, reading when = reading::at_start,
                                           std::vector<std::string> passed = {});

} // namespace sluice::server
