#include "logging.hpp"

#include <sluice/http/problem.hpp>

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace sluice::server {
namespace {

/// The message as a JSON string.
class json_message final : public spdlog::custom_flag_formatter {
public:
    void format(spdlog::details::log_msg const& message, std::tm const& /*time*/, spdlog::memory_buf_t& out) override
    {
        auto const text = json_string({message.payload.data(), message.payload.size()});
        out.append(text.data(), text.data() + text.size());
    }
    [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override
    {
        return std::make_unique<json_message>();
    }
};

/// Text that came from outside, so that it can neither end the line nor drive a terminal.
[[nodiscard]] std::string quoted(std::string_view text) { return json_string(text); }

} // namespace

void start_logging(options const& o)
{
    auto logger = std::make_shared<spdlog::logger>("sluice", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
    if (o.log_format == log_format::json) {
        formatter->add_flag<json_message>('*').set_pattern(
            R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%*})");
    } else {
        formatter->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v");
    }
    logger->set_formatter(std::move(formatter));
    logger->set_level(spdlog::level::from_str(o.log_level));
    logger->flush_on(spdlog::level::trace);
    spdlog::set_default_logger(std::move(logger));
}

void log_failure(std::string_view who, std::exception_ptr const& failure)
{
    if (!failure) {
        return;
    }
    try {
        std::rethrow_exception(failure);
    } catch (std::exception const& e) {
        spdlog::error("{} failed: {}", who, e.what());
    }
}

void logging_observer::on_claim_rejected(session_meta const& owner, session_meta const& claimant)
{
    spdlog::warn("session claim rejected: address={} user_agent={} owner_address={}", quoted(claimant.remote_address),
                 quoted(claimant.user_agent), quoted(owner.remote_address));
}

void logging_observer::on_session_thrashing(session_meta const& owner)
{
    spdlog::warn("session thrashing: address={} user_agent={}", quoted(owner.remote_address), quoted(owner.user_agent));
}

void logging_observer::on_takeover(session_meta const& owner)
{
    spdlog::info("session taken over: address={} user_agent={}", quoted(owner.remote_address),
                 quoted(owner.user_agent));
}

void logging_observer::on_slow_consumer(session_meta const& owner)
{
    spdlog::warn("slow client dropped: address={} user_agent={}", quoted(owner.remote_address),
                 quoted(owner.user_agent));
}

} // namespace sluice::server
