#include "meter.hpp"

#include <limits>

#include <unistd.h>

namespace sluice::load {

double growth_per(std::uint64_t before, std::uint64_t after, std::size_t count)
{
    return after < before ? std::numeric_limits<double>::quiet_NaN()
                          : static_cast<double>(after - before) / static_cast<double>(count);
}

double excess_per(double base, double more, std::size_t count)
{
    return more >= base ? (more - base) / static_cast<double>(count) : std::numeric_limits<double>::quiet_NaN();
}

cpu_reading meter::read_cpu() const
{
    return {server_ ? sluice::load::read_cpu(*server_) : cpu_times{}, sluice::load::read_cpu(::getpid())};
}

memory_reading meter::read_memory() const
{
    return {server_ ? sluice::load::read_memory(*server_) : memory_use{}, read_tcp_memory()};
}

void meter::add_cpu_to(report& result, const cpu_window& used, const work& done, double seconds) const
{
    if (server_) {
        add_server_cpu_to(result, used, done, seconds);
    }
    result.add("own_cpu_share_percent", "CPU of this program, % of one core", 100 * used.own_seconds() / seconds);
}

void meter::add_server_cpu_to(report& result, const cpu_window& used, const work& done, double seconds) const
{
    const auto total = used.server_seconds();
    const auto user = used.stop.server.user_s - used.start.server.user_s;
    const auto system = used.stop.server.system_s - used.start.server.system_s;
    result.add("server_cpu_s", "server CPU, s", total);
    result.add("server_user_s", "  user, s (coarse clock)", user);
    result.add("server_system_s", "  system, s (coarse clock)", system);
    result.add("server_cpu_share_percent", "  share of one core, %", 100 * total / seconds);
    result.add("server_waited_s", "  waited for a core that others used, s",
               static_cast<double>(used.stop.server.waited_ns - used.start.server.waited_ns) / 1e9);
    if (done.deliveries > 0) {
        const auto us_each = [&done](double s) { return s * 1e6 / static_cast<double>(done.deliveries); };
        const auto rate = [total](std::uint64_t count) { return static_cast<double>(count) / total; };
        result.add("server_cpu_us_per_delivery", "server CPU per delivery, us", us_each(total));
        result.add("server_user_us_per_delivery", "  user, us (coarse clock)", us_each(user));
        result.add("server_system_us_per_delivery", "  system, us (coarse clock)", us_each(system));
        result.add("deliveries_per_server_cpu_s", "deliveries per second of server CPU", rate(done.deliveries));
        result.add("events_per_server_cpu_s", "  events", rate(done.published));
        result.add("bytes_per_server_cpu_s", "  bytes", rate(done.bytes));
    }
}

void meter::add_memory_to(report& result, const memory_reading& before, const memory_reading& after,
                          std::size_t connections) const
{
    if (server_) {
        result.add("server_rss_before_bytes", "server memory before, bytes", before.server.rss);
        result.add("server_rss_bytes", "server memory with all streams, bytes", after.server.rss);
        result.add("server_rss_per_connection_bytes", "  resident per connection, bytes",
                   growth_per(before.server.rss, after.server.rss, connections));
        result.add("server_pss_per_connection_bytes", "  proportional (Pss) per connection, bytes",
                   growth_per(before.server.pss, after.server.pss, connections));
        result.add("server_anonymous_per_connection_bytes", "  anonymous per connection, bytes",
                   growth_per(before.server.anonymous, after.server.anonymous, connections));
    }
    result.add("kernel_tcp_per_connection_bytes", "kernel TCP buffers per connection, both ends",
               growth_per(before.kernel_tcp, after.kernel_tcp, connections));
}

} // namespace sluice::load
