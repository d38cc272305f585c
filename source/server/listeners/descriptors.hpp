#pragma once

#include "connections/worker.hpp"
#include <sluice/config.hpp>

#include <cstddef>

namespace sluice::server {

/// Raises the process's limit of open files to the hard limit and returns it.
[[nodiscard]] std::size_t raise_descriptor_limit() noexcept;

/// How many streams fit into the limit, if descriptors are left for publishers, for `/healthz` and for the server
/// itself.
[[nodiscard]] std::size_t streams_within(std::size_t descriptor_limit) noexcept;

/// Returns the limits with `max_connections` lowered to what the process may have. If it is lowered, a warning is
/// logged.
[[nodiscard]] broker_config within_descriptors(broker_config config);

/// Tells when descriptors run short, so that connections which wait for their peer must be closed.
class descriptor_watch {
public:
    /// Counts the descriptors that are open now, without connections, and reads the process's limit.
    explicit descriptor_watch(service const& s);

    [[nodiscard]] bool run_short() const noexcept;

private:
    [[nodiscard]] std::size_t connections() const noexcept;

    service const& service_;
    /// How many connections there may be before descriptors run short.
    std::size_t most_;
};

/// Closes the connection that has waited for its peer longest, on any worker. Safe from any thread.
void close_longest_idle(service const& s);

} // namespace sluice::server
