#pragma once

#include <sluice/broker.hpp>
#include <sluice/export.hpp>
#include <sluice/http/problem.hpp>

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <span>
#include <vector>

namespace sluice {

/// @cond internal
/// Whether a problem with one of the events says which: those of a batch are counted from 1.
enum class event_numbering { none, counted };

/// Publishes what a request has brought, all of it or nothing. Returns nothing where that takes time, for room in the
/// ring or for more events than it holds: `publish_events` does it then. Problems: `to_problem` of the errors of
/// `broker::try_broadcast`; if a topic is closed, the problem names it. Safe from any thread.
[[nodiscard]] SLUICE_EXPORT std::optional<expected<publish_receipt>>
try_publish_events(broker& b, std::span<event const> events, event_numbering numbering = event_numbering::none);

/// The same, but waits for room, without blocking. Cancellation and errors: those of `broker::async_broadcast`.
[[nodiscard]] SLUICE_EXPORT boost::asio::awaitable<expected<publish_receipt>>
publish_events(broker& b, std::vector<event> events, event_numbering numbering = event_numbering::none);
/// @endcond

} // namespace sluice
