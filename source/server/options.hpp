#pragma once

#include <sluice/config.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace sluice::server {

enum class log_format { text, json };

/// Everything that an operator can set, with its default.
struct options {
    std::vector<std::string> listen{"127.0.0.1:8080"};
    std::vector<std::string> passed; ///< where the sockets listen that the process was started with
    std::size_t threads = 0;         ///< 0: the number of CPUs
    broker_config broker;
    std::vector<std::string> cors_origins;
    std::string publish_token;   ///< empty: none is needed
    std::string subscribe_token; ///< empty: none is needed
    bool insecure = false;       ///< no publish token is needed even where others can connect
    std::chrono::milliseconds drain_timeout = std::chrono::seconds{10};
    std::string log_level = "info";
    server::log_format log_format = log_format::text;
    bool test_endpoints = true;
};

/// How reading the command line ended when the server is not to start.
struct early_exit {
    int status;
    /// For standard output when the status is 0, else for standard error.
    std::string text;
};

struct parsed_options {
    server::options options;
    std::optional<early_exit> exit;
};

/// Reads the options from the command line, the environment (`SLUICE_` and the name in upper case with underscores)
/// and the TOML file that `--config` names, which give way to each other in this order. `passed` is where the sockets
/// listen that the process was started with: with any, there is no default for `--listen`.
[[nodiscard]] parsed_options parse_options(int argc, char const* const* argv, std::vector<std::string> passed = {});

} // namespace sluice::server
