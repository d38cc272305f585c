#include "listeners/socket_activation.hpp"
#include "logs/logging.hpp"
#include "options/options.hpp"
#include "server.hpp"
#include "token/token_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <malloc.h>

namespace {

/// Makes glibc return blocks of at least this size to the system when they are freed; these are the bodies of requests.
/// By default, each freed block raises the threshold, up to 32 MiB, so that every thread's heap keeps what its largest
/// body once needed. An event of the default limit, 1 MiB, is smaller.
constexpr int large_block = 2 << 20;

void return_large_blocks()
{
    ::mallopt(M_MMAP_THRESHOLD, large_block);
    ::mallopt(M_TRIM_THRESHOLD, 2 * large_block);
}

/// `sluice token`, which starts no server.
int run_token(std::vector<std::string> const& arguments)
{
    auto const outcome = sluice::server::run_token_command(std::span{arguments}.subspan(1));
    fmt::print("{}", outcome.output);
    if (!outcome.error.empty()) {
        fmt::print(stderr, "sluice: {}\n", outcome.error);
    }
    return outcome.status;
}

int run(int argc, char** argv)
{
    std::vector<std::string> const arguments{argv + std::min(argc, 1), argv + argc};
    if (!arguments.empty() && arguments.front() == "token") {
        return run_token(arguments);
    }
    auto const passed = sluice::server::take_passed_sockets();
    std::vector<std::string> names;
    std::ranges::transform(passed, std::back_inserter(names),
                           [](auto const& p) { return sluice::server::to_string(p.address); });
    auto const read = [&](sluice::server::reading when) {
        return sluice::server::parse_options(arguments, when, names);
    };
    auto const parsed = read(sluice::server::reading::at_start);
    if (parsed.exit) {
        auto const& [status, text] = *parsed.exit;
        if (status == 0) {
            fmt::print("{}", text);
        } else {
            fmt::print(stderr, "sluice: {}\n", text);
        }
        return status;
    }
    return_large_blocks();
    // Writing to a peer that is gone is an error, and must not end the process.
    std::signal(SIGPIPE, SIG_IGN);
    // The same holds for a log file that has reached its maximum size.
    std::signal(SIGXFSZ, SIG_IGN);
    sluice::server::start_logging(parsed.options);
    auto const reread = [&] { return read(sluice::server::reading::again); };
    sluice::server::server{parsed.options, passed, reread}.run();
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    int status = 1;
    std::string error;
    try {
        status = run(argc, argv);
    } catch (std::exception const& e) {
        error = fmt::format("sluice: {}\n", e.what());
    }
    if (!sluice::server::stop_logging()) {
        std::_Exit(status);
    }
    fmt::print(stderr, "{}", error);
    return status;
}
