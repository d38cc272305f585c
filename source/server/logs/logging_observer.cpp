#include "logging_observer.hpp"

#include <sluice/end_reasons.hpp>
#include <sluice/http/json_members.hpp>

#include <algorithm>
#include <chrono>
#include <new>
#include <string>

namespace sluice::server {

namespace {

/// The `detail` in a problem's answer.
[[nodiscard]] std::string detail_of(reply const& r)
{
    auto const members = parse_members(r.body, "the answer");
    if (members.has_error()) {
        return {};
    }
    auto const found = std::ranges::find(*members, "detail", &json_member::name);
    return found == members->end() ? std::string{} : unescape(found->value);
}

} // namespace

logging_observer::logging_observer(boost::asio::io_context& home)
    : streams_refused_{home, log_level::warn, "overload: streams are refused",
                       "overload is over: streams are accepted again"},
      sessions_refused_{home, log_level::warn, "overload: new sessions are refused",
                        "overload is over: new sessions are accepted again"},
      claims_rejected_{home, log_level::warn, "session claim rejected"},
      thrashing_{home, log_level::warn, "session thrashing"},
      takeovers_{home, log_level::info, "session taken over"},
      slow_{home, log_level::warn, "slow client dropped"},
      opened_{home, log_level::info, "stream opened"},
      ended_{home, log_level::info, "stream ended"},
      lost_{home, log_level::info, "events lost"},
      expired_{home, log_level::debug, "session expired"},
      requests_refused_{home, log_level::info, "request refused"},
      answers_hidden_{
          home, log_level::warn,
          "a page asked with credentials, so its browser withholds the answer while cors_origin is *; name the origin "
          "there to let the page read"},
      memory_short_{home, log_level::err, "memory is short: what needed it was given up"},
      connections_failed_{home, log_level::err, "a connection failed"}
{
}

void logging_observer::on_claim_rejected(std::string_view handle, session_meta const& owner,
                                         session_meta const& claimant)
{
    claims_rejected_.note({{"handle", handle},
                           {"address", claimant.remote_address},
                           {"user_agent", claimant.user_agent},
                           {"owner_address", owner.remote_address},
                           {"owner_user_agent", owner.user_agent}});
}

void logging_observer::on_session_thrashing(std::string_view handle, session_meta const& owner,
                                            std::size_t reconnections)
{
    thrashing_.note({{"handle", handle},
                     {"address", owner.remote_address},
                     {"user_agent", owner.user_agent},
                     {"reconnections", reconnections},
                     {"seconds", thrash_window.count()}});
}

void logging_observer::on_takeover(std::string_view handle, session_meta const& owner, session_meta const& claimant)
{
    takeovers_.note({{"handle", handle},
                     {"address", claimant.remote_address},
                     {"user_agent", claimant.user_agent},
                     {"owner_address", owner.remote_address}});
}

void logging_observer::on_slow_consumer(std::string_view handle, session_meta const& owner, slow_consumer const& how)
{
    slow_.note({{"handle", handle},
                {"address", owner.remote_address},
                {"user_agent", owner.user_agent},
                {"reason", how.stalled ? "write_timeout" : "max_lag"},
                {"lag", how.lag},
                {"blocked_ms", how.blocked.count()}});
}

void logging_observer::on_session_expired(std::string_view handle, std::uint64_t waiting)
{
    expired_.note({{"handle", handle}, {"waiting", waiting}});
}

void logging_observer::on_stream_opened(std::string_view handle, session_meta const& client, stream_opening const& how)
{
    opened_.note({{"handle", handle},
                  {"address", client.remote_address},
                  {"resumed", how.resumed},
                  {"replayed", how.replay},
                  {"dropped", how.dropped}});
    if (how.dropped != 0) {
        lost_.note({{"handle", handle}, {"count", how.dropped}});
    }
}

void logging_observer::on_stream_ended(std::string_view handle, stream_ending const& how)
{
    std::chrono::duration<double> const lasted = how.lasted;
    ended_.note({{"handle", handle},
                 {"reason", name_of_end(how.reason)},
                 {"seconds", lasted.count()},
                 {"events", how.events},
                 {"bytes", how.bytes}});
}

void logging_observer::on_limit(errc limit, std::size_t most)
{
    if (limit == errc::too_many_connections) {
        streams_refused_.note({{"max_connections", most}});
    } else {
        sessions_refused_.note({{"max_sessions", most}});
    }
}

void logging_observer::on_memory_short()
{
    try {
        memory_short_.note({});
    } catch (std::bad_alloc const&) { // NOLINT(bugprone-empty-catch)
    }
}

void logging_observer::on_connection_failed(std::exception_ptr const& failure)
{
    if (!failure) {
        return;
    }
    try {
        std::rethrow_exception(failure);
    } catch (std::bad_alloc const&) {
        on_memory_short();
    } catch (std::exception const& e) {
        connections_failed_.note({{"error", e.what()}});
    }
}

void logging_observer::on_answered(reply const& r, std::string_view address, std::string_view route)
{
    if ((r.status == 401 || r.status == 403) && requests_refused_.admits()) {
        auto const reason = detail_of(r);
        requests_refused_.write({{"status", r.status}, {"address", address}, {"route", route}, {"reason", reason}});
    }
}

void logging_observer::on_credentials_for_star(std::string_view origin, std::string_view route)
{
    answers_hidden_.note({{"origin", origin}, {"route", route}});
}

std::array<bounded_log*, 12> logging_observer::bounded() noexcept
{
    return {&claims_rejected_,  &thrashing_,      &takeovers_,    &slow_,
            &opened_,           &ended_,          &lost_,         &expired_,
            &requests_refused_, &answers_hidden_, &memory_short_, &connections_failed_};
}

void logging_observer::tell_left_out()
{
    for (auto* const kind : bounded()) {
        kind->tell_left_out();
    }
}

void logging_observer::stop()
{
    streams_refused_.stop();
    sessions_refused_.stop();
    for (auto* const kind : bounded()) {
        kind->stop();
    }
}

} // namespace sluice::server
