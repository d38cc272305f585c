#include <support/server_process.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <iostream>

namespace sluice::test {
namespace {

constexpr std::string_view ready_prefix = "sluice listening on ";

bool names_listener(const std::string& argument) { return argument == "--listen" || argument.starts_with("--listen="); }

std::size_t listener_count(const server_options& options)
{
    const auto& arguments = options.arguments;
    const auto named = static_cast<std::size_t>(std::count_if(arguments.begin(), arguments.end(), names_listener));
    return options.listeners.value_or(std::max<std::size_t>(named + options.sockets.size(), 1));
}

std::string& configured_binary()
{
    static std::string path;
    return path;
}

std::string default_binary()
{
    const char* variable = std::getenv("SLUICE_BINARY");
    return variable != nullptr ? variable : configured_binary();
}

/// `allow_x`: a server without a token would refuse requests to that host.
child_options to_child(const server_options& options, bool allow_x = false)
{
    child_options child{.command = {options.binary.empty() ? default_binary() : options.binary},
                        .environment = options.environment,
                        .open_files = options.open_files,
                        .descriptors = options.sockets,
                        .standard_error = options.standard_error};
    if (child.command.front().empty()) {
        fail("the server's path in the definition or the variable SLUICE_BINARY", "neither");
    }
    if (allow_x) {
        child.environment.emplace_back("SLUICE_ALLOWED_HOST", "x");
    }
    const auto& arguments = options.arguments;
    if (options.add_listen && std::none_of(arguments.begin(), arguments.end(), names_listener)) {
        child.command.insert(child.command.end(), {"--listen", "127.0.0.1:0"});
    }
    child.command.insert(child.command.end(), arguments.begin(), arguments.end());
    if (!options.sockets.empty()) {
        // By way of a shell, which has the process id that the server will have.
        child.command.insert(child.command.begin(), {"/bin/sh", "-c", R"(export LISTEN_PID=$$; exec "$0" "$@")"});
        child.environment.emplace_back("LISTEN_FDS", std::to_string(options.sockets.size()));
    }
    return child;
}

std::vector<std::string> ready_lines(std::string_view out)
{
    std::vector<std::string> lines;
    for (auto end = out.find('\n'); end != std::string_view::npos; end = out.find('\n')) {
        if (out.starts_with(ready_prefix)) {
            lines.emplace_back(out.substr(ready_prefix.size(), end - ready_prefix.size()));
        }
        out.remove_prefix(end + 1);
    }
    return lines;
}

std::size_t count_of(std::string_view text, std::string_view part)
{
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) {
        ++count;
    }
    return count;
}

std::string log_tail(const child_process& child)
{
    const auto log = child.err();
    // Of a sanitizer's report the first lines tell most.
    const auto report = sanitizer_report(log);
    const auto shown = report.empty() ? last_lines(log) : log.substr(log.find(report), 8000);
    return fmt::format("\n  log of server {}:\n{}", child.pid(), shown);
}

} // namespace

bool set_server_binary(std::string_view path)
{
    configured_binary() = path;
    return true;
}

std::string_view sanitizer_report(std::string_view log)
{
    constexpr std::array<std::string_view, 5> names{"ERROR: AddressSanitizer", "ERROR: LeakSanitizer",
                                                    "WARNING: ThreadSanitizer", "FATAL: ThreadSanitizer",
                                                    "runtime error: "};
    const auto* found =
        std::find_if(names.begin(), names.end(), [&](auto name) { return log.find(name) != std::string_view::npos; });
    return found == names.end() ? "" : *found;
}

finished_process run_server(const server_options& options, deadline until)
{
    child_process child(to_child(options));
    const auto status = child.wait(until);
    if (!status) {
        fail("the server to end by itself", "it runs" + log_tail(child));
    }
    return {.status = *status, .out = child.out(), .err = child.err()};
}

server_process::server_process(const server_options& options, deadline ready)
    : child_(to_child(options, options.allow_x)), log_source_([this] { return log_tail(child_); })
{
    wait_ready(listener_count(options), ready);
}

void server_process::wait_ready(std::size_t listeners, deadline until)
{
    child_.wait_output([&](auto out, auto) { return ready_lines(out).size() >= listeners; }, until);
    listening_ = ready_lines(child_.out());
    if (listening_.size() < listeners) {
        const auto ended = child_.wait(deadline(std::chrono::milliseconds(100)));
        fail(fmt::format("{} line(s) '{}...' from the server", listeners, ready_prefix),
             fmt::format("{}; it {}", printable(child_.out()),
                         ended ? "ended with " + to_string(*ended) : std::string("still runs")));
    }
}

std::uint16_t server_process::port() const
{
    for (const auto& name : listening_) {
        if (name.starts_with("http://")) {
            return static_cast<std::uint16_t>(std::stoul(name.substr(name.rfind(':') + 1)));
        }
    }
    fail("a TCP listener", "none");
}

std::size_t server_process::log_count(std::string_view text) const { return count_of(log(), text); }

void server_process::wait_for_log(std::string_view text, deadline until, std::size_t times)
{
    if (!child_.wait_output([&](auto, auto err) { return count_of(err, text) >= times; }, until)) {
        fail(fmt::format("'{}' {} time(s) in the server's log", text, times),
             fmt::format("{} time(s)", log_count(text)));
    }
}

exit_status server_process::wait_exit(deadline until)
{
    const auto status = child_.wait(until);
    if (!status) {
        fail("the server to exit", "it still runs");
    }
    return *status;
}

std::string server_process::end_fault()
{
    if (!child_.status()) {
        if (const auto unasked = child_.wait(deadline::unscaled({}))) {
            return "the server ended before the test asked for it, with " + to_string(*unasked);
        }
        child_.signal(SIGTERM);
        const auto status = child_.wait(deadline(std::chrono::seconds(15)));
        if (!status) {
            return "the server did not end after TERM";
        }
        if (*status != exit_status{.code = 0, .signal = 0}) {
            return "the server ended after TERM with " + to_string(*status);
        }
    }
    const auto report = sanitizer_report(child_.err());
    return report.empty() ? "" : fmt::format("a sanitizer reported '{}'", report);
}

server_process::~server_process()
{
    const auto fault = end_fault();
    if (fault.empty()) {
        return;
    }
    const auto message = fault + log_tail(child_);
    if (doctest::is_running_in_test) {
        FAIL_CHECK(message);
    } else {
        std::cerr << message << '\n';
        std::abort(); // no test case is left that could fail
    }
}

} // namespace sluice::test
