#pragma once

#include <sluice/config.hpp>

#include <cstddef>

namespace sluice::server {

/// Raises the process's limit of open files to the hard limit and returns it.
[[nodiscard]] std::size_t raise_descriptor_limit() noexcept;

/// How many streams the limit has room for, with descriptors left for publishers, for `/healthz` and for the server's
/// own needs.
[[nodiscard]] std::size_t streams_within(std::size_t descriptor_limit) noexcept;

/// The limits with `max_connections` lowered, and a warning logged, to what the process may have.
[[nodiscard]] broker_config within_descriptors(broker_config config);

} // namespace sluice::server
