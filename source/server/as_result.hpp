#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>

namespace sluice::server {

/// Makes an awaited operation return its error instead of throwing it, without a coroutine frame of the operation's
/// own.
inline constexpr auto as_result = boost::asio::as_tuple(boost::asio::deferred);

} // namespace sluice::server
