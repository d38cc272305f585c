#include "available_cpus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sched.h>

namespace sluice::server {
namespace {

namespace fs = std::filesystem;

/// A mounted hierarchy of cgroups that may limit CPU time (proc(5), mountinfo).
struct hierarchy {
    bool unified;  ///< version 2
    fs::path root; ///< the cgroup that is at the mount point
    fs::path mounted;
};

[[nodiscard]] bool lists(std::string_view list, std::string_view name)
{
    return fmt::format(",{},", list).find(fmt::format(",{},", name)) != std::string::npos;
}

[[nodiscard]] std::vector<hierarchy> hierarchies(fs::path const& root)
{
    std::vector<hierarchy> found;
    std::ifstream file{root / "proc/self/mountinfo"};
    for (std::string line; std::getline(file, line);) {
        std::istringstream before{line};
        std::string skipped;
        hierarchy one;
        before >> skipped >> skipped >> skipped >> one.root >> one.mounted;
        // A variable number of fields comes before this one.
        auto const separator = line.find(" - ");
        std::istringstream after{separator == std::string::npos ? std::string{} : line.substr(separator + 3)};
        std::string type;
        std::string controllers;
        after >> type >> skipped >> controllers;
        one.unified = type == "cgroup2";
        if (one.unified || (type == "cgroup" && lists(controllers, "cpu"))) {
            found.push_back(std::move(one));
        }
    }
    return found;
}

/// The cgroup of this process in the hierarchy (cgroups(7), `/proc/[pid]/cgroup`); empty if there is none.
[[nodiscard]] std::string own_cgroup(fs::path const& root, bool unified)
{
    std::ifstream file{root / "proc/self/cgroup"};
    for (std::string line; std::getline(file, line);) {
        auto const first = line.find(':');
        auto const second = line.find(':', std::min(first, line.size() - 1) + 1);
        if (second == std::string::npos) {
            continue;
        }
        auto const controllers = line.substr(first + 1, second - first - 1);
        if (unified ? line.starts_with("0::") : lists(controllers, "cpu")) {
            return line.substr(second + 1);
        }
    }
    return {};
}

/// The limit of one cgroup. `cpu.max` has quota and period, or `max`; version 1 has a file for each, and -1 means no
/// limit.
[[nodiscard]] std::optional<double> bound_at(fs::path const& cgroup, bool unified)
{
    double quota = 0;
    double period = 0;
    if (unified) {
        std::ifstream{cgroup / "cpu.max"} >> quota >> period;
    } else {
        std::ifstream{cgroup / "cpu.cfs_quota_us"} >> quota;
        std::ifstream{cgroup / "cpu.cfs_period_us"} >> period;
    }
    return quota > 0 && period > 0 ? std::optional{quota / period} : std::nullopt;
}

[[nodiscard]] std::size_t affinity()
{
    // More than a kernel can support.
    constexpr std::size_t most = 8192;
    std::vector<cpu_set_t> set(most / CPU_SETSIZE);
    auto const size = set.size() * sizeof(cpu_set_t);
    if (::sched_getaffinity(0, size, set.data()) != 0) {
        return std::thread::hardware_concurrency();
    }
    return static_cast<std::size_t>(CPU_COUNT_S(size, set.data()));
}

} // namespace

std::size_t available_cpus()
{
    auto cpus = std::max<std::size_t>(1, affinity());
    if (auto const quota = cgroup_quota()) {
        cpus = std::min(cpus, static_cast<std::size_t>(std::ceil(*quota)));
    }
    return cpus;
}

std::optional<double> cgroup_quota(fs::path const& root)
{
    std::optional<double> least;
    auto const note = [&least](fs::path const& cgroup, bool unified) {
        if (auto const bound = bound_at(cgroup, unified); bound && (!least || *bound < *least)) {
            least = bound;
        }
    };
    for (auto const& h : hierarchies(root)) {
        auto cgroup = root / h.mounted.relative_path();
        note(cgroup, h.unified);
        // Without a cgroup namespace of its own, a container sees only a part of the hierarchy mounted.
        for (auto const& part : fs::path{own_cgroup(root, h.unified)}.lexically_relative(h.root)) {
            cgroup /= part;
            note(cgroup, h.unified);
        }
    }
    return least;
}

} // namespace sluice::server
