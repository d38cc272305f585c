#include <sluice/event/control_events.hpp>

#include <sluice/event/json_string.hpp>

#include <fmt/format.h>

#include <random>

namespace sluice {
namespace {

[[nodiscard]] std::string count_or_null(std::optional<std::uint64_t> count)
{
    return count ? fmt::to_string(*count) : "null";
}

} // namespace

std::string make_connected(connected_info const& info)
{
    return fmt::format("retry: {}\nid: {}-{}\nevent: connected\n"
                       R"(data: {{"sessionId":"{}","handle":"{}","reconnection":{},"bufferSize":{},"resumed":{},)"
                       R"("reconnections":{},"replay":{},"dropped":{}}})"
                       "\n\n",
                       info.retry.count(), info.position.hi, info.position.lo, to_string(info.session), info.handle,
                       info.reconnection, info.buffer_size, info.resumed, info.reconnections, info.replay,
                       count_or_null(info.dropped));
}

std::string make_buffer_overflow(std::optional<std::uint64_t> dropped, std::uint64_t kept)
{
    return fmt::format("event: buffer-overflow\ndata: {{\"dropped\":{},\"kept\":{}}}\n\n", count_or_null(dropped),
                       kept);
}

std::string make_no_buffer() { return "event: no-buffer\ndata: {}\n\n"; }

std::string make_replay_start(std::uint64_t count)
{
    return fmt::format("event: replay-start\ndata: {{\"count\":{}}}\n\n", count);
}

std::string make_replay_end() { return "event: replay-end\ndata: {}\n\n"; }

std::string make_heartbeat(heartbeat_style style, event_id position, std::chrono::system_clock::time_point now)
{
    if (style == heartbeat_style::comment) {
        return make_comment();
    }
    return fmt::format("id: {}-{}\nevent: heartbeat\ndata: {{\"timestamp\":{}}}\n\n", position.hi, position.lo,
                       std::chrono::system_clock::to_time_t(now));
}

std::string make_server_busy(std::string_view reason, std::chrono::milliseconds retry)
{
    return fmt::format("retry: {0}\nevent: server-busy\ndata: {{\"reason\":\"{1}\",\"retry\":{0}}}\n\n", retry.count(),
                       reason);
}

std::string make_token_expired(std::string_view reason)
{
    return fmt::format("event: token-expired\ndata: {{\"reason\":\"{}\"}}\n\n", reason);
}

std::string make_topic_end(std::string_view topic)
{
    return fmt::format("event: topic-end\ndata: {{\"topic\":{}}}\n\n", json_string(topic));
}

std::string make_shutdown(std::chrono::milliseconds retry)
{
    return fmt::format("retry: {0}\nevent: shutdown\ndata: {{\"retry\":{0}}}\n\n", retry.count());
}

std::string make_comment() { return ":\n"; }

std::string make_retry(std::chrono::milliseconds retry) { return fmt::format("retry: {}\n", retry.count()); }

std::chrono::milliseconds draw_retry(stream_config const& config)
{
    static thread_local std::minstd_rand generator{std::random_device{}()};
    std::uniform_int_distribution<std::chrono::milliseconds::rep> spread{0, config.drain_spread.count()};
    return config.retry + std::chrono::milliseconds{spread(generator)};
}

} // namespace sluice
