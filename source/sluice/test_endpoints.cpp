#include <sluice/test_endpoints.hpp>

#include <sluice/event/control_events.hpp>
#include <sluice/http/publish_events.hpp>
#include <sluice/http/retry_after.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <chrono>

namespace sluice {

namespace asio = boost::asio;

namespace {

[[nodiscard]] reply receipt_reply(publish_receipt const& receipt, bool batch)
{
    if (batch) {
        return json_reply(fmt::format(R"({{"count":{},"first":{},"last":{}}})", receipt.count,
                                      json_string(receipt.first), json_string(receipt.last)));
    }
    return json_reply(fmt::format(R"({{"id":{},"clients":{}}})", json_string(receipt.first), receipt.clients));
}

[[nodiscard]] reply answer_to(expected<publish_receipt> const& published, bool batch, stream_config const& config)
{
    return published.has_error() ? error_reply(published.error(), config) : receipt_reply(*published, batch);
}

[[nodiscard]] event_numbering numbering_of(bool batch) noexcept
{
    return batch ? event_numbering::counted : event_numbering::none;
}

[[nodiscard]] std::string json_array(std::vector<std::string> const& strings)
{
    std::string array = "[";
    for (auto const& s : strings) {
        if (array.size() > 1) {
            array += ',';
        }
        array += json_string(s);
    }
    array += ']';
    return array;
}

} // namespace

/// The events, if the publisher may publish each of them.
expected<test_endpoints::broadcast_input> test_endpoints::with_rights(broadcast_input input,
                                                                      publish_rights const& rights)
{
    auto const allowed = check_rights(input.events, rights);
    return allowed.has_error() ? expected<broadcast_input>{allowed.error()} : std::move(input);
}

expected<test_endpoints::broadcast_input> test_endpoints::parse_broadcast(route_request const& request) const
{
    auto const& in = request.input;
    auto const most = broker_.limits().max_event_bytes;
    if (is_batch(in.content_type)) {
        auto events = parse_batch(in, most);
        return events.has_error() ? expected<broadcast_input>{events.error()}
                                  : with_rights({std::move(*events), true}, request.rights);
    }
    auto one = parse_message(in, addressing::everyone, most);
    if (one.has_error()) {
        return one.error();
    }
    broadcast_input input{.events = {}, .batch = false};
    input.events.push_back(std::move(one->event));
    return with_rights(std::move(input), request.rights);
}

std::optional<reply> test_endpoints::try_broadcast(route_request const& request)
{
    if (broker_.stopping()) {
        return error_reply(errc::stopped, broker_.config().streams);
    }
    auto const input = parse_broadcast(request);
    if (input.has_error()) {
        return problem_reply(input.error());
    }
    auto const published = try_publish_events(broker_, input->events, numbering_of(input->batch));
    if (!published) {
        return std::nullopt;
    }
    return answer_to(*published, input->batch, broker_.config().streams);
}

asio::awaitable<reply> test_endpoints::broadcast(route_request request)
{
    auto input = parse_broadcast(request);
    if (input.has_error()) {
        co_return problem_reply(input.error());
    }
    bool const batch = input->batch;
    auto const published = co_await publish_events(broker_, std::move(input->events), numbering_of(batch));
    co_return answer_to(published, batch, broker_.config().streams);
}

asio::awaitable<reply> test_endpoints::send(route_request request)
{
    if (broker_.stopping()) {
        co_return error_reply(errc::stopped, broker_.config().streams);
    }
    auto parsed = parse_message(request.input, addressing::sessions, broker_.limits().max_event_bytes);
    if (parsed.has_error()) {
        co_return problem_reply(parsed.error());
    }
    auto const [ec, receipt] = co_await broker_.async_send(std::move(*parsed), asio::as_tuple(asio::use_awaitable));
    if (ec) {
        co_return error_reply(ec, broker_.config().streams);
    }
    co_return json_reply(
        fmt::format(R"({{"id":{},"unknown":{}}})", json_string(receipt.id), json_array(receipt.unknown)));
}

asio::awaitable<reply> test_endpoints::disconnect(route_request request)
{
    auto const named = parse_session(request.input);
    if (named.has_error()) {
        co_return problem_reply(named.error());
    }
    auto const id = parse_session_id(*named);
    if (!id) {
        co_return problem_reply(to_problem(errc::unknown_session));
    }
    auto const [ec, was_active] = co_await broker_.async_disconnect(*id, asio::as_tuple(asio::use_awaitable));
    co_return ec ? problem_reply(to_problem(ec)) : json_reply(fmt::format(R"({{"disconnected":{}}})", was_active));
}

reply test_endpoints::stats() const
{
    auto const s = broker_.session_stats();
    auto const& config = broker_.config().sessions;
    using seconds = std::chrono::duration<double>;
    auto const in_seconds = [](auto d) { return std::chrono::duration_cast<seconds>(d).count(); };
    return json_reply(
        fmt::format(R"({{"active_clients":{},"total_sessions":{},"buffered_sessions":{},"events_published":{},)"
                    R"("events_delivered":{},"bytes_delivered":{},"reconnections":{},"rejected_claims":{},)"
                    R"("slow_consumers_dropped":{},"uptime_seconds":{},"config":{{"buffer_size":{},)"
                    R"("buffer_ttl_seconds":{},"reconnection_enabled":{},"cleanup_interval_seconds":{}}}}})",
                    s.active_clients, s.total_sessions, s.buffered_sessions, s.events_published, s.events_delivered,
                    s.bytes_delivered, s.reconnections, s.rejected_claims, s.slow_consumers_dropped,
                    std::chrono::duration_cast<std::chrono::seconds>(s.uptime).count(), config.buffer_size,
                    in_seconds(config.buffer_ttl), config.reconnection, in_seconds(config.cleanup_interval)));
}

} // namespace sluice
