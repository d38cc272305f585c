#include "logging.hpp"

#include "log_sink.hpp"

#include <fmt/format.h>
#include <spdlog/async_logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>
#include <span>
#include <utility>

namespace sluice::server {
namespace {

using namespace std::chrono_literals;

/// How many lines may wait to be written.
constexpr std::size_t queue_size = 4096;
/// How long an ending process waits for its last lines to be written.
constexpr auto last_lines_time = 200ms;

/// The parts of a log that was started.
struct running_log {
    log_format format = log_format::text;
    std::shared_ptr<spdlog::details::thread_pool> queue;
    std::shared_ptr<log_sink> sink;
};
running_log running;

/// The message, in JSON as a member, then a NUL and the fields.
class message_and_fields final : public spdlog::custom_flag_formatter {
public:
    explicit message_and_fields(log_format format) : format_{format} {}

    void format(spdlog::details::log_msg const& line, std::tm const& /*time*/, spdlog::memory_buf_t& out) override
    {
        std::string_view const payload{line.payload.data(), line.payload.size()};
        auto const end = payload.find('\0');
        auto const fields = end == std::string_view::npos ? std::string_view{} : payload.substr(end + 1);
        auto const quoted = quote_for_log(payload.substr(0, end));
        std::string_view message{quoted};
        if (format_ == log_format::json) {
            append(out, R"("message":)");
        } else {
            message = message.substr(1, message.size() - 2);
        }
        append(out, message);
        append(out, format_ == log_format::text && !fields.empty() ? ":" : "");
        append(out, fields);
    }

    [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override
    {
        return std::make_unique<message_and_fields>(format_);
    }

private:
    static void append(spdlog::memory_buf_t& out, std::string_view text)
    {
        out.append(text.data(), text.data() + text.size());
    }

    log_format format_;
};

[[nodiscard]] bool flush()
{
    if (!running.queue) {
        return true;
    }
    auto const done = running.sink->flushes();
    spdlog::default_logger_raw()->flush();
    return running.sink->wait_for_flush(done + 1, last_lines_time);
}

[[noreturn]] void die()
{
    log_failure("the process", std::current_exception());
    static_cast<void>(flush());
    std::abort();
}

} // namespace

std::unique_ptr<spdlog::formatter> make_log_formatter(log_format format)
{
    auto made = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
    made->add_flag<message_and_fields>('*', format)
        .set_pattern(format == log_format::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%*})"
                                                : "%Y-%m-%dT%H:%M:%S.%eZ %l %*");
    return made;
}

void start_logging(options const& o)
{
    running.format = o.log_format;
    running.queue = std::make_shared<spdlog::details::thread_pool>(queue_size, 1);
    running.sink = std::make_shared<log_sink>(*running.queue);
    auto logger = std::make_shared<spdlog::async_logger>("sluice", running.sink, running.queue,
                                                         spdlog::async_overflow_policy::overrun_oldest);
    logger->set_formatter(make_log_formatter(o.log_format));
    spdlog::set_default_logger(std::move(logger));
    set_log_level(o.log_level);
    std::set_terminate(die);
}

void set_log_level(std::string const& level)
{
    spdlog::default_logger_raw()->set_level(spdlog::level::from_str(level));
}

std::uint64_t dropped_log_lines() { return running.queue ? running.sink->dropped() : 0; }

bool stop_logging()
{
    if (!flush()) {
        return false;
    }
    // The thread is idle, so joining it does not block.
    spdlog::default_logger_raw()->set_level(spdlog::level::off);
    running.queue = nullptr;
    return true;
}

void exit_process(int status)
{
    static_cast<void>(flush());
    std::_Exit(status);
}

bool logs(log_level level) { return spdlog::default_logger_raw()->should_log(level); }

std::string log_payload(std::string_view message, std::initializer_list<log_field> fields)
{
    std::string payload{message};
    payload += '\0';
    append_fields(payload, fields, running.format);
    return payload;
}

void log_event(log_level level, std::string_view message, std::initializer_list<log_field> fields)
{
    if (logs(level)) {
        auto const payload = log_payload(message, fields);
        spdlog::default_logger_raw()->log(level, spdlog::string_view_t{payload.data(), payload.size()});
    }
}

void log_failure(std::string_view who, std::exception_ptr const& failure)
{
    if (!failure) {
        return;
    }
    try {
        std::rethrow_exception(failure);
    } catch (std::exception const& e) {
        log_event(log_level::err, fmt::format("{} failed", who), {{"error", e.what()}});
    }
}

} // namespace sluice::server
