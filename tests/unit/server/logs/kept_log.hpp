#pragma once

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>

namespace sluice::server::test {

/// While it lives the log goes to a text.
class kept_log {
public:
    kept_log() : before_{spdlog::default_logger()}
    {
        spdlog::set_default_logger(std::make_shared<spdlog::logger>("kept", sink_));
    }
    ~kept_log() { spdlog::set_default_logger(before_); }
    kept_log(kept_log const&) = delete;
    kept_log& operator=(kept_log const&) = delete;

    [[nodiscard]] auto lines() const { return std::ranges::count(sink_->text, '\n'); }
    [[nodiscard]] bool has(std::string const& part) const { return sink_->text.find(part) != std::string::npos; }

private:
    /// A stream would take no more lines once memory was short for one.
    struct text_sink : spdlog::sinks::base_sink<std::mutex> {
        std::string text;

    private:
        void sink_it_(spdlog::details::log_msg const& line) override
        {
            text.append(line.payload.data(), line.payload.size());
            text += '\n';
        }
        void flush_() override {}
    };

    std::shared_ptr<spdlog::logger> before_;
    std::shared_ptr<text_sink> sink_ = std::make_shared<text_sink>();
};

} // namespace sluice::server::test
