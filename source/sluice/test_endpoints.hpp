#pragma once

#include <sluice/broker.hpp>
#include <sluice/export.hpp>
#include <sluice/http/publish_request.hpp>
#include <sluice/http/reply.hpp>

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// A request to a route, as far as the routes need it. What it refers to outlives the answer.
struct route_request {
    /// What the request says.
    publish_input input;
    /// What the path has in place of the route's last `{}`.
    std::string_view parameter;
};

/// HTTP routes to publish and to control streams by, for tests and for small installations without access control
/// of their own: `POST /publish` (also `POST /broadcast`), `POST /send`, `POST /disconnect`, `GET /stats`. (`GET
/// /events`, the stream, is the `handler`'s.)
///
/// Each route answers at once where it can; where it must wait for room in the ring or for another thread, a
/// coroutine does. A large body, of thousands of events, is read and encoded in one go on the executor of that
/// coroutine: spawn it where nobody waits for so long. Safe from any thread. The broker outlives it.
class SLUICE_EXPORT test_endpoints {
public:
    /// Refers to the broker, to which all requests go.
    explicit test_endpoints(broker& b) : broker_{b} {}

    /// Registers the routes: calls `router.add(method, path, at_once)` or `router.add(method, path, at_once,
    /// in_time)`, where `at_once` is `std::optional<reply>(route_request const&)`, nothing meaning "not now", and
    /// `in_time` is `asio::awaitable<reply>(route_request)`.
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

    /// One event, or a batch by NDJSON, to every session; nothing when the ring has no room now.
    [[nodiscard]] std::optional<reply> try_broadcast(route_request const& request);
    /// As `try_broadcast`, but waits for room without blocking.
    [[nodiscard]] boost::asio::awaitable<reply> broadcast(route_request request);
    /// One event to the named sessions.
    [[nodiscard]] boost::asio::awaitable<reply> send(route_request request);
    /// Ends a session's connection.
    [[nodiscard]] boost::asio::awaitable<reply> disconnect(route_request request);
    /// `broker::session_stats` and the configuration, as JSON.
    [[nodiscard]] reply stats() const;

private:
    static std::optional<reply> never(route_request const& /*request*/) { return std::nullopt; }

    struct broadcast_input {
        std::vector<event> events;
        bool batch;
    };
    [[nodiscard]] expected<broadcast_input> parse_broadcast(publish_input const& in) const;

    broker& broker_;
};

} // namespace sluice
