#include "descriptors.hpp"

#include "logging.hpp"

#include <algorithm>

#include <sys/resource.h>

namespace sluice::server {
namespace {

/// Descriptors that are kept for everything else than streams.
constexpr std::size_t reserve = 128;

} // namespace

std::size_t raise_descriptor_limit() noexcept
{
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<std::size_t>(limit.rlim_cur);
}

std::size_t streams_within(std::size_t descriptor_limit) noexcept
{
    return std::max<std::size_t>(1, descriptor_limit - std::min(reserve, descriptor_limit / 2));
}

broker_config within_descriptors(broker_config config)
{
    auto const room = streams_within(raise_descriptor_limit());
    if (config.streams.max_connections > room) {
        log_event(log_level::warn, "max_connections is lowered to what the limit of open files allows",
                  {{"from", config.streams.max_connections}, {"to", room}});
        config.streams.max_connections = room;
    }
    return config;
}

} // namespace sluice::server
