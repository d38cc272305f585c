#include "logging_observer.hpp"

namespace sluice::server {

logging_observer::logging_observer(boost::asio::io_context& home)
    : streams_refused_{home, log_level::warn, "overload: streams are refused", "overload is over: streams are let in"},
      sessions_refused_{home, log_level::warn, "overload: new sessions are refused",
                        "overload is over: new sessions are let in"}
{
}

void logging_observer::on_claim_rejected(session_meta const& owner, session_meta const& claimant)
{
    log_event(log_level::warn, "session claim rejected",
              {{"address", claimant.remote_address},
               {"user_agent", claimant.user_agent},
               {"owner_address", owner.remote_address},
               {"owner_user_agent", owner.user_agent}});
}

void logging_observer::on_session_thrashing(session_meta const& owner, std::size_t reconnections)
{
    log_event(log_level::warn, "session thrashing",
              {{"address", owner.remote_address},
               {"user_agent", owner.user_agent},
               {"reconnections", reconnections},
               {"seconds", thrash_window.count()}});
}

void logging_observer::on_takeover(session_meta const& owner, session_meta const& claimant)
{
    log_event(log_level::info, "session taken over",
              {{"address", claimant.remote_address},
               {"user_agent", claimant.user_agent},
               {"owner_address", owner.remote_address}});
}

void logging_observer::on_slow_consumer(session_meta const& owner, slow_consumer const& how)
{
    log_event(log_level::warn, "slow client dropped",
              {{"address", owner.remote_address},
               {"user_agent", owner.user_agent},
               {"reason", how.stalled ? "write_timeout" : "max_lag"},
               {"lag", how.lag},
               {"blocked_ms", how.blocked.count()}});
}

void logging_observer::on_limit(errc limit, std::size_t most)
{
    if (limit == errc::too_many_connections) {
        streams_refused_.note({{"max_connections", most}});
    } else {
        sessions_refused_.note({{"max_sessions", most}});
    }
}

void logging_observer::stop()
{
    streams_refused_.stop();
    sessions_refused_.stop();
}

} // namespace sluice::server
