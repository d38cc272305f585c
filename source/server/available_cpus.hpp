#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

namespace sluice::server {

/// The number of CPUs that the process may use: those of its affinity, and no more than the quota of its cgroups, which
/// counts as the next whole number. At least 1.
[[nodiscard]] std::size_t available_cpus();

/// How many CPUs' time the cgroups of this process leave it, of version 1 and 2, those above included; nothing: there
/// is no bound. `root` is where `/proc` and the hierarchies are.
[[nodiscard]] std::optional<double> cgroup_quota(std::filesystem::path const& root = "/");

} // namespace sluice::server
