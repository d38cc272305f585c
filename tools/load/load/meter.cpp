#include "meter.hpp"

#include <unistd.h>

namespace sluice::load {
namespace {

double seconds_between(const cpu_times& start, const cpu_times& stop)
{
    return static_cast<double>(stop.total_ns - start.total_ns) / 1e9;
}

/// May be negative when other sockets or pages went away meanwhile; then the figure shows that it is noise.
double growth_per(std::uint64_t before, std::uint64_t after, std::size_t connections)
{
    return (static_cast<double>(after) - static_cast<double>(before)) / static_cast<double>(connections);
}

} // namespace

meter::meter(std::optional<pid_t> server) : server_(server), kernel_before_(read_tcp_memory())
{
    if (server_) {
        before_ = read_memory(*server_);
    }
}

void meter::start_cpu()
{
    own_cpu_.start = read_cpu(::getpid());
    if (server_) {
        server_cpu_.start = read_cpu(*server_);
    }
}

void meter::stop_cpu()
{
    if (server_) {
        server_cpu_.stop = read_cpu(*server_);
    }
    own_cpu_.stop = read_cpu(::getpid());
}

void meter::look_at_memory()
{
    kernel_after_ = read_tcp_memory();
    if (server_) {
        after_ = read_memory(*server_);
    }
}

void meter::add_cpu_to(report& result, std::uint64_t deliveries, double seconds) const
{
    if (server_) {
        const auto& [start, stop] = server_cpu_;
        const auto used = seconds_between(start, stop);
        result.add("server_cpu_s", "server CPU, s", used);
        result.add("server_user_s", "  user, s (coarse clock)", stop.user_s - start.user_s);
        result.add("server_system_s", "  system, s (coarse clock)", stop.system_s - start.system_s);
        result.add("server_cpu_share_percent", "  share of one core, %", 100 * used / seconds);
        result.add("server_waited_s", "  waited for a core that others used, s",
                   static_cast<double>(stop.waited_ns - start.waited_ns) / 1e9);
        if (deliveries > 0) {
            result.add("server_cpu_us_per_delivery", "server CPU per delivery, us",
                       used * 1e6 / static_cast<double>(deliveries));
            result.add("deliveries_per_server_cpu_s", "deliveries per second of server CPU",
                       static_cast<double>(deliveries) / used);
        }
    }
    result.add("own_cpu_share_percent", "CPU of this program, % of one core",
               100 * seconds_between(own_cpu_.start, own_cpu_.stop) / seconds);
}

void meter::add_memory_to(report& result, std::size_t connections) const
{
    if (server_) {
        result.add("server_rss_before_bytes", "server memory before, bytes", before_.rss);
        result.add("server_rss_bytes", "server memory with all streams, bytes", after_.rss);
        result.add("server_rss_per_connection_bytes", "  resident per connection, bytes",
                   growth_per(before_.rss, after_.rss, connections));
        result.add("server_pss_per_connection_bytes", "  proportional (Pss) per connection, bytes",
                   growth_per(before_.pss, after_.pss, connections));
        result.add("server_anonymous_per_connection_bytes", "  anonymous per connection, bytes",
                   growth_per(before_.anonymous, after_.anonymous, connections));
    }
    result.add("kernel_tcp_per_connection_bytes", "kernel TCP buffers per connection, both ends",
               growth_per(kernel_before_, kernel_after_, connections));
}

} // namespace sluice::load
