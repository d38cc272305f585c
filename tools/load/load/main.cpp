// An end-to-end load for servers of server-sent events. See --help.

#include "profiles.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>

#include <sys/prctl.h>

namespace {

using namespace sluice::load;

void write_file(const std::string& path, const std::string& text)
{
    std::ofstream file(path);
    file << text;
    if (!file.flush()) {
        throw std::runtime_error("cannot write " + path);
    }
}

void run_profile(experiment& load)
{
    switch (load.chosen.what) {
    case profile::prompt:
        run_prompt(load);
        break;
    case profile::flat:
    case profile::batch:
        run_flat(load);
        break;
    case profile::idle:
        run_idle(load);
        break;
    case profile::resume:
        run_resume(load);
        break;
    case profile::stall:
        run_stall(load);
        break;
    case profile::churn:
        run_churn(load);
        break;
    }
}

int run(const options& chosen)
{
    raise_file_limit();
    ::prctl(PR_SET_TIMERSLACK, 1UL); // the default of 50 us would show in the latencies of paced events
    experiment load(chosen);
    run_profile(load);
    load.line.finish();
    fmt::print("{}", load.result.to_table());
    if (!chosen.json_file.empty()) {
        write_file(chosen.json_file, load.result.to_json());
    }
    return load.is_clean ? 0 : 1;
}

} // namespace

int main(int argc, char** argv)
{
    int status = 0;
    const auto chosen = parse_options(argc, argv, status);
    if (!chosen) {
        return status;
    }
    try {
        return run(*chosen);
    } catch (const std::exception& error) {
        fmt::print(stderr, "sluice-load: {}\n", error.what());
        return 1;
    }
}
