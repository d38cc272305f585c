#pragma once

#include "bounded_log.hpp"
#include "burst_log.hpp"
#include <sluice/config.hpp>
#include <sluice/http/reply.hpp>
#include <sluice/observer.hpp>

#include <array>
#include <exception>
#include <string_view>

namespace sluice::server {

/// Logs what the broker reports, and refused requests. Lines about a session have its handle, so that one search finds
/// them all. The rate of each kind of line is limited.
class logging_observer final : public observer {
public:
    /// The context is run by one thread and outlives this object.
    explicit logging_observer(boost::asio::io_context& home);

    void on_claim_rejected(std::string_view handle, session_meta const& owner, session_meta const& claimant) override;
    void on_session_thrashing(std::string_view handle, session_meta const& owner, std::size_t reconnections) override;
    void on_takeover(std::string_view handle, session_meta const& owner, session_meta const& claimant) override;
    void on_slow_consumer(std::string_view handle, session_meta const& owner, slow_consumer const& how) override;
    void on_session_expired(std::string_view handle, std::uint64_t waiting) override;
    void on_stream_opened(std::string_view handle, session_meta const& client, stream_opening const& how) override;
    void on_stream_ended(std::string_view handle, stream_ending const& how) override;
    void on_limit(errc limit, std::size_t most) override;
    /// Safe from any thread. If there is not even memory for the line, it is left out.
    void on_memory_short() override;
    /// Logs the exception that ended a connection, if there is one. Safe from any thread.
    void on_connection_failed(std::exception_ptr const& failure);

    /// Called for each answer. A 401 or 403 is logged, with the reason in the answer. Safe from any thread.
    void on_answered(reply const& r, std::string_view address, std::string_view route);

    /// Called if a page of this origin sent credentials and is let in only by cors_origin `*`. Safe from any thread.
    void on_credentials_for_star(std::string_view origin, std::string_view route);

    /// Logs how many lines were left out since this was last logged. Safe from any thread.
    void tell_left_out();
    /// Stops waiting on the context. Called on its thread.
    void stop();

private:
    [[nodiscard]] std::array<bounded_log*, 12> bounded() noexcept;

    burst_log streams_refused_;
    burst_log sessions_refused_;
    bounded_log claims_rejected_;
    bounded_log thrashing_;
    bounded_log takeovers_;
    bounded_log slow_;
    bounded_log opened_;
    bounded_log ended_;
    bounded_log lost_;
    bounded_log expired_;
    bounded_log requests_refused_;
    bounded_log answers_hidden_;
    bounded_log memory_short_;
    bounded_log connections_failed_;
};

} // namespace sluice::server
