#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

namespace sluice::server {

/// The number of CPUs that the process may use: those of its affinity, but no more than the quota of its cgroups,
/// rounded up. At least 1.
[[nodiscard]] std::size_t available_cpus();

/// The CPU time that the cgroups of this process allow, in CPUs; nothing if there is no limit. It takes versions 1 and
/// 2 into account, and all parent groups. `root` is the directory that contains `/proc` and the hierarchies.
[[nodiscard]] std::optional<double> cgroup_quota(std::filesystem::path const& root = "/");

} // namespace sluice::server
