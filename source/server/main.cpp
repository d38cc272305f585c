#include "logging.hpp"
#include "options.hpp"
#include "server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

int main(int argc, char** argv)
{
    std::vector<std::string> const arguments{argv + std::min(argc, 1), argv + argc};
    auto const parsed = sluice::server::parse_options(arguments);
    if (parsed.exit) {
        fmt::print(parsed.exit->status == 0 ? stdout : stderr, "{}", parsed.exit->text);
        return parsed.exit->status;
    }
    // A peer that is gone is an error of the write, not the end of the process.
    std::signal(SIGPIPE, SIG_IGN);
    sluice::server::start_logging(parsed.options);
    try {
        auto const reread = [&] { return sluice::server::parse_options(arguments, sluice::server::reading::again); };
        sluice::server::server{parsed.options, reread}.run();
    } catch (std::exception const& e) {
        fmt::print(stderr, "sluice: {}\n", e.what());
        return 1;
    }
    return 0;
}
