#include <sluice/http/problem.hpp>

#include <boost/beast/http/status.hpp>

#include <fmt/format.h>

namespace sluice {
namespace {

[[nodiscard]] unsigned status_of(error_code ec) noexcept
{
    if (ec.category() != error_category()) {
        return 500;
    }
    switch (static_cast<errc>(ec.value())) {
    case errc::event_too_large:
    case errc::too_many_events:
        return 413;
    case errc::unknown_session:
        return 404;
    case errc::not_the_owner:
        return 403;
    case errc::thrashing:
        return 429;
    case errc::reconnection_off:
    case errc::topic_closed:
        return 409;
    case errc::ring_full:
    case errc::too_many_connections:
    case errc::too_many_sessions:
    case errc::stopped:
    case errc::no_memory:
        return 503;
    case errc::no_target:
    case errc::invalid_type:
    case errc::reserved_type:
    case errc::invalid_id:
    case errc::reserved_id:
    case errc::invalid_utf8:
    case errc::invalid_topic:
    case errc::too_many_topics:
    case errc::private_without_topic:
    case errc::last_without_topic:
    case errc::invalid_keep:
        return 400;
    default:
        return 500;
    }
}

} // namespace

problem to_problem(error_code ec) { return {.status = status_of(ec), .detail = ec.message(), .cause = ec}; }

std::string_view reason_phrase(unsigned status) noexcept
{
    auto const phrase = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
    return {phrase.data(), phrase.size()};
}

std::string to_json(problem const& p)
{
    return fmt::format(R"({{"type":"about:blank","title":{},"status":{},"detail":{}}})",
                       json_string(reason_phrase(p.status)), p.status, json_string(p.detail));
}

} // namespace sluice
