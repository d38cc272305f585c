#pragma once

#include <cstddef>

#include <sys/types.h>

namespace sluice::test {

// What the kernel says of a process that runs, from /proc. Each fails the test when there is no such process.

std::size_t open_descriptors(pid_t pid);
std::size_t resident_bytes(pid_t pid); ///< VmRSS
std::size_t thread_count(pid_t pid);

} // namespace sluice::test
