#include "descriptors.hpp"

#include "logs/logging.hpp"
#include "metrics/process_usage.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

#include <sys/resource.h>

namespace sluice::server {
namespace {

/// Descriptors that are reserved for everything but streams.
constexpr std::size_t reserve = 128;

/// When no more than this are left, idle connections are closed, because publishers, probes and the server's own files
/// need descriptors.
constexpr std::size_t least_left = 32;

void close_longest_idle(service const& s, std::size_t tries)
{
    if (tries == 0) {
        return;
    }
    auto& there = **std::ranges::min_element(s.workers, {}, &worker::longest_idle);
    boost::asio::post(there.executor(), [&s, &there, tries] {
        // What the worker reported may have changed since.
        if (!there.close_longest_idle()) {
            close_longest_idle(s, tries - 1);
        }
    });
}

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

descriptor_watch::descriptor_watch(service const& s) : service_{s}
{
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    auto const all = static_cast<std::size_t>(limit.rlim_cur);
    auto const others = open_descriptors() - std::min(open_descriptors(), connections());
    most_ = all - std::min(all, others + std::min(least_left, all / 8));
}

bool descriptor_watch::run_short() const noexcept { return connections() > most_; }

std::size_t descriptor_watch::connections() const noexcept
{
    std::size_t all = service_.broker.client_count();
    for (auto const* const w : service_.workers) {
        all += w->open_connections();
    }
    return all;
}

void close_longest_idle(service const& s) { close_longest_idle(s, s.workers.size()); }

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
