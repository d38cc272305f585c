#pragma once

#include "connections/worker.hpp"
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

/// Tells when so few descriptors are left that connections which wait for their peer are to give theirs up.
class descriptor_watch {
public:
    /// Counts what is open now, beside connections, and takes the process's limit.
    explicit descriptor_watch(service const& s);

    [[nodiscard]] bool run_short() const noexcept;

private:
    [[nodiscard]] std::size_t connections() const noexcept;

    service const& service_;
    /// The most connections before descriptors run short.
    std::size_t most_;
};

/// Closes the connection that has waited for its peer longest, on whichever worker it is. Safe from any thread.
void close_longest_idle(service const& s);

} // namespace sluice::server
