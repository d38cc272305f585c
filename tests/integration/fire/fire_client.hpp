#pragma once

#include <support/socket.hpp>
#include <support/stream_parser.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sluice::test {

/// All that one connection brought.
struct connection_record {
    std::optional<std::string> last_event_id; ///< what the client named when it came
    std::vector<received_event> blocks;
};

/// All that one client saw, over all its connections.
struct client_record {
    std::string session;
    std::vector<std::string> types; ///< its filter, which it names once; empty: all
    std::vector<connection_record> connections;
};

struct fire_client_options {
    endpoint to;
    std::uint64_t seed = 0;
    std::vector<std::string> types;
};

/// A client that connects, says so by `ready` with its session's id, and then leaves and comes back in every
/// way, reading pieces of any size, until `calm`; from then on it stays, up to the last event of a type it
/// asks for.
client_record run_fire_client(const fire_client_options& options, const std::atomic<bool>& calm,
                              const std::function<void(const std::string& session)>& ready);

} // namespace sluice::test
