#pragma once

#include <support/child_process.hpp>
#include <support/failure.hpp>
#include <support/process_usage.hpp>
#include <support/socket.hpp>

#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::test {

/// Names the program that server_process starts by default; the environment variable SLUICE_BINARY wins.
bool set_server_binary(std::string_view path);

// A target with tests of the server defines SLUICE_BINARY as "$<TARGET_FILE:sluice_server>". It is handed
// over at start, and not by a default in server_options, because this library is compiled without it.
#ifdef SLUICE_BINARY
inline const bool server_binary_is_set = set_server_binary(SLUICE_BINARY);
#endif

// NOLINTBEGIN(readability-redundant-member-init): g++ warns of members left out of a designated list without
// them
struct server_options {
    std::vector<std::string> arguments{}; ///< `--listen 127.0.0.1:0` is added unless they name a --listen
    std::vector<std::pair<std::string, std::string>> environment{};
    // NOLINTEND(readability-redundant-member-init)
    std::optional<unsigned long> open_files{}; ///< RLIMIT_NOFILE, soft and hard
    std::vector<int> sockets{};                ///< listening sockets, passed as systemd does
    std::optional<int> standard_error{};       ///< the server's, which log() does not have then
    std::optional<std::size_t> listeners{};    ///< ready lines to wait for; else one for each --listen and socket
    bool allow_x = true;                       ///< requests may name the host `x`, as those written by hand do
    bool add_listen = true;                    ///< false: as for a listener that the environment or a file names
    std::string binary{};                      ///< another program in the server's place
};

struct finished_process {
    exit_status status;
    std::string out;
    std::string err;
};

/// Runs the server to its end: for a start that is to fail, or --version. Fails the test if it still runs at
/// the deadline.
finished_process run_server(const server_options& options, deadline until = {});

/// The real server, ready to accept. The destructor drains it by TERM. It makes the test fail, with the log,
/// when the server does not exit with 0 then, has ended unasked before, or when a sanitizer reported
/// anything.
class server_process {
public:
    explicit server_process(std::vector<std::string> arguments = {}, deadline ready = {})
        : server_process(server_options{.arguments = std::move(arguments)}, ready)
    {
    }
    explicit server_process(const server_options& options, deadline ready = {});
    ~server_process();
    server_process(const server_process&) = delete;
    server_process& operator=(const server_process&) = delete;

    [[nodiscard]] pid_t pid() const { return child_.pid(); }
    /// The port of the first TCP listener; an endpoint can be made from it.
    [[nodiscard]] std::uint16_t port() const;
    /// What the ready lines name: `http://127.0.0.1:40123`, `unix:/path`.
    [[nodiscard]] const std::vector<std::string>& listening() const { return listening_; }

    [[nodiscard]] std::string log() const { return child_.err(); }
    [[nodiscard]] std::size_t log_count(std::string_view text) const;
    /// Waits until the log has the text so many times; fails the test at the deadline.
    void wait_for_log(std::string_view text, deadline until = {}, std::size_t times = 1);

    void terminate(int signal = SIGTERM) { child_.signal(signal); }
    /// Fails the test when it still runs at the deadline. After this call the status is the test's to judge.
    exit_status wait_exit(deadline until = {});

    [[nodiscard]] std::size_t open_descriptors() const { return test::open_descriptors(pid()); }
    [[nodiscard]] std::size_t resident_bytes() const { return test::resident_bytes(pid()); }
    [[nodiscard]] std::size_t threads() const { return test::thread_count(pid()); }

private:
    void wait_ready(std::size_t listeners, deadline until);
    [[nodiscard]] std::string end_fault();

    child_process child_;
    log_source log_source_;
    std::vector<std::string> listening_;
};

/// The name of the sanitizer's report in a log, empty when there is none.
std::string_view sanitizer_report(std::string_view log);

} // namespace sluice::test
