#include "logging.hpp"
#include "options.hpp"
#include "server.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>

int main(int argc, char** argv)
{
    auto const parsed = sluice::server::parse_options(argc, argv);
    if (parsed.exit) {
        fmt::print(parsed.exit->status == 0 ? stdout : stderr, "{}", parsed.exit->text);
        return parsed.exit->status;
    }
    // A peer that is gone is an error of the write, not the end of the process.
    std::signal(SIGPIPE, SIG_IGN);
    sluice::server::start_logging(parsed.options);
    try {
        sluice::server::server{parsed.options}.run();
    } catch (std::exception const& e) {
        fmt::print(stderr, "sluice: {}\n", e.what());
        return 1;
    }
    return 0;
}
