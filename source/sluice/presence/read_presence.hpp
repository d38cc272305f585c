#pragma once

#include <sluice/delivery/turn.hpp>
#include <sluice/presence.hpp>
#include <sluice/topic_patterns.hpp>

#include <boost/asio/awaitable.hpp>

namespace sluice {

/// Asks each shard who has open what the query asks for, and puts the answers together. It gives way to other work
/// between slices of topics that are compared with a pattern. `patterns` says what patterns are; null: there are none.
[[nodiscard]] boost::asio::awaitable<presence_page> read_presence(shard_list all, presence_query wanted,
                                                                  topic_patterns const* patterns);

} // namespace sluice
