#pragma once

#include "burst_log.hpp"
#include <sluice/config.hpp>
#include <sluice/observer.hpp>

namespace sluice::server {

/// Logs what the broker reports.
class logging_observer final : public observer {
public:
    /// The context, which one thread runs, outlives it.
    explicit logging_observer(boost::asio::io_context& home);

    void on_claim_rejected(session_meta const& owner, session_meta const& claimant) override;
    void on_session_thrashing(session_meta const& owner, std::size_t reconnections) override;
    void on_takeover(session_meta const& owner, session_meta const& claimant) override;
    void on_slow_consumer(session_meta const& owner, slow_consumer const& how) override;
    void on_limit(errc limit, std::size_t most) override;

    /// Nothing waits on the context any more. On its thread.
    void stop();

private:
    burst_log streams_refused_;
    burst_log sessions_refused_;
};

} // namespace sluice::server
