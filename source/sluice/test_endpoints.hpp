#pragma once

#include <sluice/broker.hpp>
#include <sluice/export.hpp>
#include <sluice/http/publish_request.hpp>
#include <sluice/http/publish_rights.hpp>
#include <sluice/http/reply.hpp>
#include <sluice/session/grant.hpp>

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// What a route needs to know of a request. The texts that it refers to outlive the answer.
struct route_request {
    /// The request's query, content type and body.
    publish_input input;
    /// The part of the path that stands for the route's last `{}`; empty if the route has none.
    std::string_view parameter;
    /// What the publisher may publish to; empty: everything.
    publish_rights rights{};
    /// What a reader of the log may have; for routes that read it.
    sluice::grant grant{};
};

/// The HTTP routes by which the server publishes and controls streams, for any router: `POST /publish` (also `POST
/// /broadcast`), `POST /send`, `POST /disconnect` and `GET /stats`. They check no token: who may call them is the
/// application's decision, and to which topics the first may publish (`route_request::rights`). (`GET /events`, the
/// stream, is served by `handler`.)
///
/// A route answers at once where it can. Where it must wait, for room in the ring or for another thread, a coroutine
/// waits. That coroutine reads and encodes a large body, of thousands of events, without a pause: spawn it on an
/// executor where nothing else is urgent. Safe from any thread. The broker outlives it.
/// @code
/// sluice::test_endpoints routes{hub};
/// // in a coroutine, for a request to POST /publish:
/// sluice::publish_input const input{
///     .query = sluice::query_of(request.target()), .content_type = request["Content-Type"], .body = request.body()};
/// auto answer = co_await routes.broadcast({.input = input, .parameter = {}});
/// auto const response = sluice::make_response(std::move(answer), request.version());
/// @endcode
class SLUICE_EXPORT test_endpoints {
public:
    /// Routes to this broker, which outlives them.
    explicit test_endpoints(broker& b) : broker_{b} {}

    /// Registers the routes with a router: calls `router.add(method, path, at_once)` or `router.add(method, path,
    /// at_once, in_time)`. `at_once` is called as `std::optional<reply>(route_request const&)`; if it returns nothing,
    /// the answer has to wait, and `in_time` is called as `asio::awaitable<reply>(route_request)`.
    template <class Router>
    void add_to(Router& router)
    {
        for (auto const* const path : {"/publish", "/broadcast"}) {
            router.add(
                "POST", path, [this](route_request const& r) { return try_broadcast(r); },
                [this](route_request const& r) { return broadcast(r); });
        }
        router.add("POST", "/send", never, [this](route_request const& r) { return send(r); });
        router.add("POST", "/disconnect", never, [this](route_request const& r) { return disconnect(r); });
        router.add("GET", "/stats", [this](route_request const&) { return std::optional{stats()}; });
    }

    /// Publishes one event, or a batch (NDJSON), to every session; nothing is published and nothing returned when the
    /// ring has no room.
    [[nodiscard]] std::optional<reply> try_broadcast(route_request const& request);
    /// As `try_broadcast`, but waits for room, without blocking.
    [[nodiscard]] boost::asio::awaitable<reply> broadcast(route_request request);
    /// Publishes one event to the sessions that the request names, and to those of the subjects that it names.
    [[nodiscard]] boost::asio::awaitable<reply> send(route_request request);
    /// Ends the connection of the session that the request names.
    [[nodiscard]] boost::asio::awaitable<reply> disconnect(route_request request);
    /// `broker::session_stats` and the configuration, as JSON.
    [[nodiscard]] reply stats() const;

private:
    static std::optional<reply> never(route_request const& /*request*/) { return std::nullopt; }

    struct broadcast_input {
        std::vector<event> events;
        bool batch;
    };
    [[nodiscard]] static expected<broadcast_input> with_rights(broadcast_input input, publish_rights const& rights);
    [[nodiscard]] expected<broadcast_input> parse_broadcast(route_request const& request) const;

    broker& broker_;
};

} // namespace sluice
