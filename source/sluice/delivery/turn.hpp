#pragma once

#include <sluice/delivery/claim.hpp>
#include <sluice/error.hpp>
#include <sluice/fan_out/async_call.hpp>
#include <sluice/fan_out/connect_request.hpp>
#include <sluice/fan_out/shard.hpp>
#include <sluice/session/registry.hpp>
#include <sluice/session/session_id.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice {

/// The broker's shards. An operation that waits keeps them, because it may outlive the broker.
using shard_list = std::vector<std::shared_ptr<shard>>;

/// An operation's turn at a session, and where the session lives meanwhile.
struct held_turn {
    claim_turn turn{};
    std::size_t where = 0;
};

/// Takes the turn of an operation at the session's home, after the operations that have it before. `all` outlives it.
[[nodiscard]] boost::asio::awaitable<held_turn> take_turn(shard_list const& all, session_id id);

/// Ends the turn, if it has not ended, and has the home forget what only that needed.
void end_turn(shard_list const& all, session_id id, claim_turn& turn) noexcept;

/// Claims what the request asks for, for a connection on the shard `here`, on whose executor it is awaited. A session
/// that lives on another shard moves here.
[[nodiscard]] boost::asio::awaitable<result<std::unique_ptr<client>>>
connect_on(std::shared_ptr<shard> here, shard_list all, connect_request request);

/// Returns what `f(shard&)` does on the shard on which the session lives, while nothing moves it.
template <class F>
boost::asio::awaitable<std::invoke_result_t<F&, shard&>> visit(shard_list all, session_id id, F f)
{
    auto its = co_await take_turn(all, id);
    auto found = co_await async_call(all[its.where], f, boost::asio::deferred);
    end_turn(all, id, its.turn);
    co_return std::move(found).get();
}

} // namespace sluice
