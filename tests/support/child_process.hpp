#pragma once

#include <support/deadline.hpp>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace sluice::test {

struct exit_status {
    int code = -1;  ///< -1 when a signal ended it
    int signal = 0; ///< 0 when it exited

    friend bool operator==(const exit_status&, const exit_status&) = default;
};
inline constexpr exit_status success{.code = 0, .signal = 0};

std::string to_string(const exit_status& status);

// NOLINTBEGIN(readability-redundant-member-init): g++ warns of members left out of a designated list without
// them
struct child_options {
    std::vector<std::string> command; ///< the program's path, then its arguments
    /// Added to this process's environment, from which every SLUICE_ variable is taken out first.
    std::vector<std::pair<std::string, std::string>> environment{};
    std::optional<unsigned long> open_files{}; ///< both limits of RLIMIT_NOFILE
    std::vector<int> descriptors{};            ///< the child has them from 3 on
    std::optional<int> standard_error{};       ///< the child's, in place of the one that is collected
};
// NOLINTEND(readability-redundant-member-init)

/// A child whose output is collected by a thread. It is killed when this object goes, and by the kernel when
/// the thread that started it ends (PR_SET_PDEATHSIG): start it on a thread that outlives it, as a test
/// case's own does.
class child_process {
public:
    explicit child_process(const child_options& options);
    ~child_process();
    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;

    [[nodiscard]] pid_t pid() const { return pid_; }
    void signal(int number) const; ///< nothing once its end was waited for
    /// Waits for its end and for the last of its output; nullopt at the deadline.
    std::optional<exit_status> wait(deadline until);
    [[nodiscard]] std::optional<exit_status> status() const { return status_; }

    [[nodiscard]] std::string out() const;
    [[nodiscard]] std::string err() const;

    /// Waits until the predicate, called with standard output and standard error, holds. False at the
    /// deadline, and when no more output can come.
    bool wait_output(const std::function<bool(std::string_view out, std::string_view err)>& predicate, deadline until);

private:
    void start(const child_options& options, int out, int err);
    void collect();
    bool collect_from(int descriptor, std::string& text);

    pid_t pid_ = -1;
    int out_pipe_ = -1;
    int err_pipe_ = -1;
    std::optional<exit_status> status_;
    mutable std::mutex mutex_; ///< guards what follows
    std::condition_variable changed_;
    std::string out_;
    std::string err_;
    bool output_ended_ = false;
    std::thread collector_;
};

} // namespace sluice::test
