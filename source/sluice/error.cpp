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
        return "the id has a control character or begins or ends with a space or tab, or is longer than 256 bytes";
    case errc::reserved_id:
        return "the id has the form <hi>-<lo>, which only the log assigns, or is the reserved 'earliest'";
    case errc::invalid_utf8:
        return "the event is not valid UTF-8";
    case errc::invalid_topic:
        return "a topic is empty, is '*', has a control character, or is longer than 1024 bytes";
    case errc::too_many_topics:
        return "the event has more than 100 topics";
    case errc::private_without_topic:
        return "a private event needs a topic";
    case errc::last_without_topic:
        return "an event that is the last of its topics needs a topic";
    case errc::topic_closed:
        return "the topic is closed";
    case errc::invalid_keep:
        return "keep is above 65535, or there is no topic of which events could be kept";
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
        return "the executor is not one of the broker's, or several threads run it at once";
    case errc::no_memory:
        return "memory is short";
    }
    return "unknown error";
}

[[nodiscard]] char const* describe(end_reason r) noexcept
{
    switch (r) {
    case end_reason::peer_closed:
        return "the peer closed the connection";
    case end_reason::connection_failed:
        return "the connection failed";
    case end_reason::disconnected:
        return "the session was disconnected";
    case end_reason::taken_over:
        return "another connection took the session over";
    case end_reason::removed:
        return "the session was removed";
    case end_reason::slow_consumer:
        return "the client is too slow";
    case end_reason::shut_down:
        return "the server is shutting down";
    case end_reason::no_memory:
        return "memory is short";
    case end_reason::grant_expired:
        return "the client's grant has expired";
    case end_reason::grant_revoked:
        return "the client's grant was revoked";
    case end_reason::topic_closed:
        return "the stream's topic was closed";
    }
    return "unknown reason";
}

/// The category of an enum whose values `describe` knows.
template <class Enum>
class category final : public boost::system::error_category {
public:
    explicit category(char const* name) noexcept : name_{name} {}
    [[nodiscard]] char const* name() const noexcept override { return name_; }
    [[nodiscard]] std::string message(int value) const override { return describe(static_cast<Enum>(value)); }

private:
    char const* name_;
};

} // namespace

boost::system::error_category const& error_category() noexcept
{
    static category<errc> const instance{"sluice"};
    return instance;
}

boost::system::error_category const& end_reason_category() noexcept
{
    static category<end_reason> const instance{"sluice.stream"};
    return instance;
}

} // namespace sluice
