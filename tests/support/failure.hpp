#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sluice::test {

/// Thrown when the peer does not do what a test expects. doctest reports it as the failure of the test case.
/// On a thread of the test's own, carry it to the test's thread (std::async and std::future do).
class test_failure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Throws test_failure: what was expected, what came, and the last log lines of every server that runs now.
[[noreturn]] void fail(std::string_view expected, std::string_view came);

/// The text made printable and short: control bytes as escapes, the middle left out beyond `limit` bytes.
std::string printable(std::string_view bytes, std::size_t limit = 400);

/// The last `count` lines of a text.
std::string last_lines(std::string_view text, std::size_t count = 20);

/// For as long as it lives, fail() adds what `source` returns. The source may be called from any thread.
class log_source {
public:
    explicit log_source(std::function<std::string()> source);
    ~log_source();
    log_source(const log_source&) = delete;
    log_source& operator=(const log_source&) = delete;
};

} // namespace sluice::test
