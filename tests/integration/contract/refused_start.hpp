#pragma once

#include "checks.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace sluice::test {

/// The start ends with the status and one line on standard error, which has each of the texts; nothing is printed.
inline finished_process check_refused_start(const server_options& options, int code,
                                            std::initializer_list<std::string_view> named)
{
    auto result = run_server(options);
    INFO("standard error: " << result.err);
    CHECK(to_string(result.status) == to_string(exit_status{.code = code, .signal = 0}));
    CHECK(result.out.empty());
    CHECK(line_count(result.err) == 1);
    CHECK(result.err.starts_with("sluice: "));
    for (const auto text : named) {
        CHECK_MESSAGE(result.err.find(text) != std::string::npos, "names ", std::string(text));
    }
    return result;
}

/// What `--check-config` prints for these options; fails the test unless it ends with 0 and says nothing else.
inline std::string config_in_force(server_options options)
{
    options.arguments.emplace_back("--check-config");
    options.add_listen = false;
    const auto result = run_server(options);
    INFO("standard error: " << result.err);
    CHECK(to_string(result.status) == to_string(exit_status{.code = 0, .signal = 0}));
    CHECK(result.err.empty());
    return result.out;
}

} // namespace sluice::test
