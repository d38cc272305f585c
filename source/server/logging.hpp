#pragma once

#include "options.hpp"
#include <sluice/observer.hpp>

#include <exception>
#include <string_view>

namespace sluice::server {

/// Sends the log to standard error, at the level and in the format that the options name.
void start_logging(options const& o);

/// Logs the exception that ended `who`; nothing for none.
void log_failure(std::string_view who, std::exception_ptr const& failure);

/// Logs what the broker reports.
class logging_observer final : public observer {
public:
    void on_claim_rejected(session_meta const& owner, session_meta const& claimant) override;
    void on_session_thrashing(session_meta const& owner) override;
    void on_takeover(session_meta const& owner) override;
    void on_slow_consumer(session_meta const& owner) override;
};

} // namespace sluice::server
