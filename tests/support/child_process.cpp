#include <support/child_process.hpp>

#include <support/failure.hpp>

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sluice::test {
namespace {

/// More than any test's log; a server that writes without end must not take the machine's memory.
constexpr std::size_t max_output = 64UL << 20U;

std::vector<std::string> make_environment(const child_options& options)
{
    std::vector<std::string> variables;
    for (char** each = environ; *each != nullptr; ++each) {
        if (!std::string_view(*each).starts_with("SLUICE_")) {
            variables.emplace_back(*each);
        }
    }
    for (const auto& [name, value] : options.environment) {
        std::erase_if(variables, [&](const std::string& each) { return each.starts_with(name + '='); });
        variables.push_back(fmt::format("{}={}", name, value));
    }
    return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts)
{
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (auto& text : texts) {
        result.push_back(text.data());
    }
    result.push_back(nullptr);
    return result;
}

std::array<int, 2> make_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        fail("a pipe", std::strerror(errno));
    }
    return ends;
}

/// Makes the descriptors those from 3 on, which they may be already, in another order.
void pass(const std::vector<int>& descriptors)
{
    const auto count = static_cast<int>(descriptors.size());
    constexpr int most = 16;
    std::array<int, most> moved{};
    for (int i = 0; i < count && i < most; ++i) {
        moved[static_cast<std::size_t>(i)] =
            ::fcntl(descriptors[static_cast<std::size_t>(i)], F_DUPFD_CLOEXEC, 3 + count);
    }
    for (int i = 0; i < count && i < most; ++i) {
        ::dup2(moved[static_cast<std::size_t>(i)], 3 + i);
    }
}

/// Between fork and exec only what is safe in a signal handler may be called: all memory is made before.
[[noreturn]] void become(char** arguments, char** environment, int out, int err, const child_options& options,
                         const rlimit* files, pid_t parent)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) {
        ::_exit(127); // the parent died before the line above took effect
    }
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(options.standard_error.value_or(err), STDERR_FILENO);
    pass(options.descriptors);
    if (files != nullptr) {
        ::setrlimit(RLIMIT_NOFILE, files);
    }
    ::execve(arguments[0], arguments, environment);
    constexpr std::string_view message = "cannot execute the program\n";
    static_cast<void>(!::write(STDERR_FILENO, message.data(), message.size()));
    ::_exit(127);
}

exit_status decode(int status)
{
    return WIFEXITED(status) ? exit_status{.code = WEXITSTATUS(status), .signal = 0}
                             : exit_status{.code = -1, .signal = WTERMSIG(status)};
}

} // namespace

std::string to_string(const exit_status& status)
{
    return status.signal == 0 ? fmt::format("status {}", status.code) : fmt::format("signal {}", status.signal);
}

child_process::child_process(const child_options& options)
{
    const auto out = make_pipe();
    const auto err = make_pipe();
    out_pipe_ = out[0];
    err_pipe_ = err[0];
    start(options, out[1], err[1]);
    ::close(out[1]);
    ::close(err[1]);
    collector_ = std::thread([this] { collect(); });
}

void child_process::start(const child_options& options, int out, int err)
{
    auto command = options.command;
    auto environment = make_environment(options);
    const auto arguments = pointers(command);
    const auto variables = pointers(environment);
    const rlimit files{.rlim_cur = options.open_files.value_or(0), .rlim_max = options.open_files.value_or(0)};
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
        become(const_cast<char**>(arguments.data()), const_cast<char**>(variables.data()), out, err, options,
               options.open_files ? &files : nullptr, parent);
    }
    if (pid_ < 0) {
        fail("to start " + options.command.front(), std::strerror(errno));
    }
}

child_process::~child_process()
{
    if (!status_) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    collector_.join();
    ::close(out_pipe_);
    ::close(err_pipe_);
}

void child_process::signal(int number) const
{
    if (!status_) {
        ::kill(pid_, number);
    }
}

std::optional<exit_status> child_process::wait(deadline until)
{
    if (status_) {
        return status_;
    }
    // By number: the header of glibc 2.36 declares pidfd_open() without C linkage.
    const auto descriptor = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    pollfd entry{.fd = descriptor, .events = POLLIN, .revents = 0};
    int ready = 0;
    do {
        ready = ::poll(&entry, 1, until.poll_timeout());
    } while (ready < 0 && errno == EINTR);
    ::close(entry.fd);
    if (ready != 1) {
        return std::nullopt;
    }
    int status = 0;
    ::waitpid(pid_, &status, 0);
    status_ = decode(status);
    wait_output([](auto, auto) { return false; }, until);
    return status_;
}

void child_process::collect()
{
    std::array<pollfd, 2> entries{pollfd{out_pipe_, POLLIN, 0}, pollfd{err_pipe_, POLLIN, 0}};
    const std::array<std::string*, 2> texts{&out_, &err_};
    while (entries[0].fd >= 0 || entries[1].fd >= 0) {
        if (::poll(entries.data(), entries.size(), -1) < 0) {
            continue; // EINTR
        }
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (entries[i].revents != 0 && !collect_from(entries[i].fd, *texts[i])) {
                entries[i].fd = -1;
            }
        }
    }
    const std::lock_guard lock(mutex_);
    output_ended_ = true;
    changed_.notify_all();
}

bool child_process::collect_from(int descriptor, std::string& text)
{
    std::array<char, 16384> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
    const auto count = ::read(descriptor, buffer.data(), buffer.size());
    if (count <= 0) {
        return count < 0 && errno == EINTR;
    }
    const std::lock_guard lock(mutex_);
    if (text.size() < max_output) {
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    changed_.notify_all();
    return true;
}

std::string child_process::out() const
{
    const std::lock_guard lock(mutex_);
    return out_;
}

std::string child_process::err() const
{
    const std::lock_guard lock(mutex_);
    return err_;
}

bool child_process::wait_output(const std::function<bool(std::string_view, std::string_view)>& predicate,
                                deadline until)
{
    std::unique_lock lock(mutex_);
    bool held = predicate(out_, err_);
    while (!held && !output_ended_ && changed_.wait_until(lock, until.time()) != std::cv_status::timeout) {
        held = predicate(out_, err_);
    }
    return held || predicate(out_, err_);
}

} // namespace sluice::test
