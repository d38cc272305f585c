#include <sluice/error.hpp>

#include <string>

namespace sluice {
namespace {

[[nodiscard]] char const* describe(errc e) noexcept
{
    switch (e) {
    case errc::invalid_type:
        return "the type has a line end, a NUL or a comma, or is longer than 256 bytes";
    case errc::reserved_type:
        return "the type is the name of a stream-control event";
    case errc::invalid_id:
        return "the id has a control character or a space at an end, or is longer than 256 bytes";
    case errc::reserved_id:
        return "the id has the form <hi>-<lo>, which only the log gives out, or is the reserved 'earliest'";
    case errc::invalid_utf8:
        return "the event is not valid UTF-8";
    case errc::event_too_large:
        return "the event's data is too large";
    case errc::ring_full:
        return "the event ring is full";
    case errc::too_many_events:
        return "more events at once than the event ring holds";
    case errc::no_target:
        return "no session is named";
    case errc::unknown_session:
        return "unknown session";
    case errc::not_the_owner:
        return "the session belongs to another client";
    case errc::thrashing:
        return "the session reconnects too often";
    case errc::too_many_connections:
        return "too many streams";
    case errc::too_many_sessions:
        return "too many sessions";
    case errc::reconnection_off:
        return "reconnection is off";
    case errc::stopped:
        return "the broker is stopping";
    case errc::wrong_executor:
        return "the stream's executor is not the one of the session's shard";
    case errc::no_memory:
        return "memory is short";
    case errc::peer_closed:
        return "the peer closed the connection";
    case errc::connection_failed:
        return "the connection failed";
    case errc::disconnected:
        return "the session was disconnected";
    case errc::taken_over:
        return "another connection took the session over";
    case errc::removed:
        return "the session was removed";
    case errc::slow_consumer:
        return "the client is too slow";
    case errc::shut_down:
        return "the server shuts down";
    }
    return "unknown error";
}

class category final : public boost::system::error_category {
public:
    [[nodiscard]] char const* name() const noexcept override { return "sluice"; }
    [[nodiscard]] std::string message(int value) const override { return describe(static_cast<errc>(value)); }
};

} // namespace

boost::system::error_category const& error_category() noexcept
{
    static category const instance;
    return instance;
}

} // namespace sluice
