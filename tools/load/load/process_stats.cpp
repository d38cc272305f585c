#include "process_stats.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <unistd.h>

namespace sluice::load {
namespace {

std::string read_file(const std::string& path)
{
    std::ifstream file(path);
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (text.empty()) {
        throw std::runtime_error("cannot read " + path);
    }
    return text;
}

/// The number behind `name` in text like "Rss:    12 kB"; 0 when the kernel does not tell it.
std::uint64_t number_behind(std::string_view text, std::string_view name)
{
    const auto found = text.find(name);
    std::uint64_t value = 0;
    if (found != std::string_view::npos) {
        std::istringstream(std::string(text.substr(found + name.size(), 40))) >> value;
    }
    return value;
}

cpu_times sum_over_threads(pid_t pid)
{
    cpu_times sum;
    std::error_code gone;
    for (const auto& thread : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid), gone)) {
        std::ifstream file(thread.path() / "schedstat");
        std::uint64_t on_cpu = 0;
        std::uint64_t waited = 0;
        if (file >> on_cpu >> waited) { // a thread may end between the two reads
            sum.total_ns += on_cpu;
            sum.waited_ns += waited;
        }
    }
    return sum;
}

} // namespace

cpu_times read_cpu(pid_t pid)
{
    const auto text = read_file(fmt::format("/proc/{}/stat", pid));
    std::istringstream fields(text.substr(text.rfind(')') + 1)); // the name before it may hold anything
    std::string skipped;
    for (int i = 0; i < 11; ++i) {
        fields >> skipped;
    }
    std::uint64_t user = 0;
    std::uint64_t system = 0;
    fields >> user >> system;
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    auto times = sum_over_threads(pid);
    times.user_s = static_cast<double>(user) / ticks;
    times.system_s = static_cast<double>(system) / ticks;
    return times;
}

memory_use read_memory(pid_t pid)
{
    const auto text = read_file(fmt::format("/proc/{}/smaps_rollup", pid));
    constexpr std::uint64_t kib = 1024;
    return {number_behind(text, "\nRss:") * kib, number_behind(text, "\nPss:") * kib,
            number_behind(text, "\nAnonymous:") * kib};
}

std::uint64_t read_tcp_memory()
{
    const auto text = read_file("/proc/net/sockstat");
    const auto tcp = text.find("TCP:");
    const auto pages = tcp == std::string::npos ? 0 : number_behind(std::string_view(text).substr(tcp), " mem ");
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

} // namespace sluice::load
