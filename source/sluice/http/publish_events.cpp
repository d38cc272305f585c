#include <sluice/http/publish_events.hpp>

#include <sluice/http/closed_topic.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <string>
#include <utility>

namespace sluice {

namespace asio = boost::asio;

namespace {

/// What is wrong with the first event that has a closed topic; nothing if none has one.
[[nodiscard]] std::optional<problem> closed_topic_problem(broker const& b, std::span<event const> events,
                                                          event_numbering numbering)
{
    auto const closed = find_closed_topic(b, events);
    if (!closed) {
        return std::nullopt;
    }
    bool const is_counted = numbering == event_numbering::counted;
    return to_problem(*closed, is_counted ? fmt::format("event {}: ", closed->index + 1) : std::string{});
}

} // namespace

std::optional<expected<publish_receipt>> try_publish_events(broker& b, std::span<event const> events,
                                                            event_numbering numbering)
{
    auto const receipt = b.try_broadcast(events);
    if (receipt.has_value()) {
        return *receipt;
    }
    if (receipt.error() == errc::ring_full || receipt.error() == errc::too_many_events) {
        return std::nullopt;
    }
    if (receipt.error() == errc::topic_closed) {
        if (auto const closed = closed_topic_problem(b, events, numbering)) {
            return *closed;
        }
    }
    return to_problem(receipt.error());
}

asio::awaitable<expected<publish_receipt>> publish_events(broker& b, std::vector<event> events,
                                                          event_numbering numbering)
{
    if (auto const closed = closed_topic_problem(b, events, numbering)) {
        co_return *closed;
    }
    auto const [ec, receipt] = co_await b.async_broadcast(std::move(events), asio::as_tuple(asio::use_awaitable));
    if (ec) {
        co_return to_problem(ec);
    }
    co_return receipt;
}

} // namespace sluice
