#include <support/process_usage.hpp>

#include <support/failure.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace sluice::test {
namespace {

std::size_t status_number(pid_t pid, const std::string& name)
{
    std::ifstream file(fmt::format("/proc/{}/status", pid));
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(name + ':')) {
            return std::stoull(line.substr(name.size() + 1));
        }
    }
    fail(fmt::format("{} of process {}", name, pid), "no such line");
}

} // namespace

std::size_t open_descriptors(pid_t pid)
{
    std::error_code error;
    const std::filesystem::directory_iterator entries(fmt::format("/proc/{}/fd", pid), error);
    if (error) {
        fail(fmt::format("the descriptors of process {}", pid), error.message());
    }
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

std::size_t resident_bytes(pid_t pid) { return status_number(pid, "VmRSS") * 1024; }

std::size_t thread_count(pid_t pid) { return status_number(pid, "Threads"); }

} // namespace sluice::test
