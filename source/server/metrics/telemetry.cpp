#include "telemetry.hpp"

#include "logs/logging.hpp"
#include "process_usage.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <exception>
#include <optional>
#include <string>

namespace sluice::server {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

/// A small log, because the newest event has every number. A client may be a minute late, and a thread four minutes
/// before the others wait for it.
[[nodiscard]] broker_config small_config(broker_config const& watched, std::size_t shards)
{
    broker_config c{.sessions = {}, .streams = watched.streams, .log = {}};
    c.sessions.reconnection = false;
    c.sessions.buffer_size = 0;
    c.sessions.cleanup_interval = std::chrono::hours{24}; // without reconnection, no session ever expires
    c.streams.max_connections = telemetry::most_streams + shards;
    c.streams.max_lag = broker_config{}.streams.max_lag;
    c.log = {.max_events = 64, .max_bytes = std::size_t{64} << 10U, .max_event_bytes = 4096, .ring_size = 256};
    return c;
}

[[nodiscard]] std::string describe(session_stats const& s, self_check_report const& check)
{
    using std::chrono::duration_cast;
    using seconds = std::chrono::duration<double>;
    auto const time = std::chrono::system_clock::now().time_since_epoch();
    auto const latency =
        check.last ? fmt::to_string(duration_cast<std::chrono::microseconds>(*check.last).count()) : "null";
    return fmt::format(
        R"({{"time":{},"active_clients":{},"total_sessions":{},"buffered_sessions":{},"events_published":{},)"
        R"("events_delivered":{},"bytes_delivered":{},"reconnections":{},"rejected_claims":{},)"
        R"("slow_consumers_dropped":{},"uptime_seconds":{:.3f},"memory_bytes":{},"cpu_seconds":{:.3f},)"
        R"("latency_us":{},"late_shards":{}}})",
        duration_cast<std::chrono::milliseconds>(time).count(), s.active_clients, s.total_sessions, s.buffered_sessions,
        s.events_published, s.events_delivered, s.bytes_delivered, s.reconnections, s.rejected_claims,
        s.slow_consumers_dropped, seconds{s.uptime}.count(), resident_bytes(), seconds{processor_time()}.count(),
        latency, check.late_now);
}

void log(self_check::change const& c)
{
    auto const waited = std::chrono::duration_cast<std::chrono::milliseconds>(c.waited).count();
    log_event(c.late ? log_level::warn : log_level::info,
              c.late ? "self-check late, a thread is blocked or overloaded" : "self-check back",
              {{"shard", c.shard}, {"waited_ms", waited}});
}

} // namespace

telemetry::telemetry(std::vector<asio::any_io_executor> executors, broker& watched, std::chrono::milliseconds interval)
    : watched_{watched},
      interval_{interval},
      check_{executors.size()},
      broker_{executors, small_config(watched.config(), executors.size())}
{
    auto const on_done = [](std::exception_ptr const& failure) { log_failure("the self-check", failure); };
    for (std::size_t i = 0; i != executors.size(); ++i) {
        asio::co_spawn(executors[i], answer(i), on_done);
    }
}

void telemetry::start()
{
    thread_ = std::jthread{[this](std::stop_token const& stop) { run(stop); }};
}

/// The self-check's client on the shard, until the broker stops.
asio::awaitable<void> telemetry::answer(std::size_t shard)
{
    auto const token = asio::as_tuple(asio::use_awaitable);
    connect_request request;
    auto [ec, c] = co_await broker_.async_connect(std::move(request), token);
    if (ec) {
        if (ec != errc::stopped) {
            log_event(log_level::err, "the self-check cannot connect", {{"shard", shard}, {"error", ec.message()}});
        }
        co_return;
    }
    // Earlier events are not sent to this client, but the shard has taken them.
    check_.answer(shard, c->session().at, steady_clock::now());
    while (!c->done()) {
        auto const [reason, received] = co_await c->async_receive(token);
        if (received) {
            check_.answer(shard, received->to(), steady_clock::now());
        }
    }
}

/// Events are at least an interval apart, however late this thread runs: whatever has not come back by then is late.
void telemetry::run(std::stop_token const& stop)
{
    std::unique_lock lock{mutex_};
    while (!stop.stop_requested()) {
        try {
            look();
            publish();
        } catch (std::exception const&) {
            log_failure("the publisher of the server's numbers", std::current_exception());
        }
        stopped_.wait_for(lock, stop, interval_, [] { return false; });
    }
}

void telemetry::look()
{
    for (auto const& changed : check_.look(steady_clock::now())) {
        log(changed);
    }
}

void telemetry::publish()
{
    event news{.id = {}, .type = "self-check", .data = {}};
    if (broker_.client_count() > check_.shards()) {
        news = {.id = {}, .type = "stats", .data = describe(watched_.session_stats(), check_.report())};
    }
    check_.begin(published_ + 1, steady_clock::now());
    // It fails if a shard is a whole ring behind, and then the round that reports this is already running.
    if (auto const sent = broker_.try_broadcast({&news, 1}); sent.has_value()) {
        ++published_;
    }
}

} // namespace sluice::server
