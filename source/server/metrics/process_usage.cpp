#include "process_usage.hpp"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <system_error>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice::server {
namespace {

using std::chrono::nanoseconds;

[[nodiscard]] nanoseconds time_of(clockid_t clock) noexcept
{
    timespec now{};
    ::clock_gettime(clock, &now);
    return std::chrono::seconds{now.tv_sec} + nanoseconds{now.tv_nsec};
}

/// The n-th number of /proc/self/statm (proc(5)), in pages: 0 is the total size, 1 the resident part.
[[nodiscard]] std::size_t memory(int n)
{
    std::ifstream file{"/proc/self/statm"};
    std::size_t pages = 0;
    for (int i = 0; i <= n; ++i) {
        file >> pages;
    }
    return file ? pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

/// When the process started, in clock ticks after the boot: the field `starttime` of /proc/self/stat (proc(5)).
[[nodiscard]] nanoseconds started_after_boot()
{
    constexpr int fields_before = 19; // after the program's name, which ends with the last parenthesis
    std::ifstream file{"/proc/self/stat"};
    file.ignore(std::numeric_limits<std::streamsize>::max(), ')');
    std::string skipped;
    for (int i = 0; i != fields_before; ++i) {
        file >> skipped;
    }
    long ticks = 0;
    file >> ticks;
    return nanoseconds{std::chrono::seconds{1}} * ticks / ::sysconf(_SC_CLK_TCK);
}

} // namespace

std::size_t resident_bytes() { return memory(1); }

std::size_t virtual_bytes() { return memory(0); }

nanoseconds processor_time() noexcept { return time_of(CLOCK_PROCESS_CPUTIME_ID); }

std::size_t open_descriptors()
{
    constexpr auto const* directory = "/proc/self/fd";
    // Since Linux 6.2 the size of the directory is the number of descriptors.
    struct stat found{};
    if (::stat(directory, &found) == 0 && found.st_size > 0) {
        return static_cast<std::size_t>(found.st_size);
    }
    std::error_code ec;
    std::filesystem::directory_iterator const entries{directory, ec};
    auto const count = ec ? 0 : std::distance(begin(entries), end(entries));
    return count == 0 ? 0 : static_cast<std::size_t>(count) - 1; // one of them is for reading the directory
}

std::size_t descriptor_limit() noexcept
{
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<std::size_t>(limit.rlim_cur);
}

std::chrono::system_clock::time_point process_start()
{
    // Computed once, because it would vary slightly with the clocks, and a start time that changes looks like a
    // restart.
    static auto const start = [] {
        auto const age = time_of(CLOCK_BOOTTIME) - started_after_boot();
        return std::chrono::system_clock::now() - std::chrono::duration_cast<std::chrono::system_clock::duration>(age);
    }();
    return start;
}

} // namespace sluice::server
