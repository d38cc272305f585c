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

/// Whether the hub of the Mercure protocol is there.
enum class mercure_service {
    by_keys, ///< if there is a key for JSON Web Tokens
    on,
    off,
};

/// Which JSON Web Tokens are accepted. Without a key none is.
struct jwt_options {
    std::vector<std::string> key_files;
    std::vector<std::string> key_texts; ///< what was read from them
    std::vector<std::string> jwks_files;
    std::vector<std::string> jwks_texts; ///< what was read from them
    std::string jwks_url;                ///< of a further set; empty: none
    std::string fetched_jwks;            ///< what was fetched from there last; empty: nothing yet
    std::chrono::milliseconds jwks_refresh = std::chrono::minutes{10};
    std::string issuer;                 ///< empty: any
    std::vector<std::string> audiences; ///< empty: any
    std::chrono::milliseconds leeway = std::chrono::seconds{30};
    bool require_exp = false;
    std::chrono::milliseconds revocation_ttl = std::chrono::hours{24};

    [[nodiscard]] bool has_keys() const noexcept
    {
        return !key_files.empty() || !jwks_files.empty() || !jwks_url.empty();
    }
};

/// Everything that an operator can set, with its default. `options/declarations.cpp` has the names.
struct options {
    std::vector<std::string> listen{"127.0.0.1:8080"};
    std::string operations_listen;   ///< empty: operators use the other addresses
    std::string public_url;          ///< empty: that of the first address
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
    jwt_options jwt;
    bool anonymous = false; ///< streams need no token, though there is a key or a subscribe token
    bool insecure = false;  ///< allows a start without a publish token even if others can connect
    std::chrono::milliseconds drain_timeout = std::chrono::seconds{10};
    std::chrono::milliseconds drain_delay{0};
    std::string log_level = "info";
    server::log_format log_format = log_format::text;
    bool publishing = true;
    bool presence = false; ///< who comes to a topic and who leaves it is published
    mercure_service mercure = mercure_service::by_keys;
    std::chrono::milliseconds idle_timeout = std::chrono::seconds{75};
    std::chrono::milliseconds publish_idle_timeout = std::chrono::seconds{60};
    std::chrono::milliseconds idempotency_window = std::chrono::minutes{5};
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
/// hold tokens and keys. `passed` has the addresses of the sockets that were passed to the process; if there are any,
/// `--listen` has no default. It must not run while another thread changes the environment.
[[nodiscard]] parsed_options parse_options(std::vector<std::string> const& arguments, reading when = reading::at_start,
                                           std::vector<std::string> passed = {});

} // namespace sluice::server
