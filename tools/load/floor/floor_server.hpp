#pragma once

#include "../common/endpoint.hpp"
#include "../common/reactor.hpp"
#include "connection.hpp"
#include "subscriber_set.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace sluice::load {

/// The floor as a server: `GET /events` becomes a subscriber, `POST /broadcast` goes to those that asked with the same
/// query. One thread, no HTTP beyond what a load generator sends, nothing buffered.
class floor_server final : private io_handler, private request_handler {
public:
    enum class sending { each_event, coalesced };

    /// Listens at once; throws std::system_error when it cannot. Coalesced, the events that arrive in one turn of the
    /// loop leave together.
    floor_server(reactor& loop, const endpoint& where, sending how, std::unique_ptr<event_sender> sender);

    std::uint16_t port() const { return local_port(listener_.get()); }
    std::size_t clients() const { return clients_; }
    std::uint64_t dropped() const { return dropped_; }

    /// Sends what was coalesced and frees the connections that closed. Call after each `poll`, when no event of theirs
    /// can be pending any more.
    void end_turn();

private:
    void on_ready(std::uint32_t events) override;
    void on_request(connection& from, const request& what, std::string& answers) override;
    void on_closed(connection& who) override;

    /// Those that asked with one query.
    struct group {
        subscriber_set subscribers;
        std::string coalesced{}; ///< events that wait for the end of the turn
    };

    group& group_of(std::string_view query);
    std::string subscribe(connection& who, group& to);
    std::string broadcast(const request& what);
    /// The event's id; nothing when the text is no event.
    std::optional<std::string> publish(std::string_view text, group& to);
    void send_to_all(std::string_view chunk, group& of);
    void close(connection& who);

    reactor& loop_;
    unique_fd listener_;
    std::unordered_map<int, std::unique_ptr<connection>> connections_; ///< by descriptor
    std::vector<std::unique_ptr<connection>> closed_;
    std::unique_ptr<event_sender> sender_;
    std::unordered_map<std::string, group> groups_; ///< by query
    std::vector<group*> waiting_;                   ///< that have something coalesced
    sending how_;
    std::size_t clients_ = 0;
    std::uint64_t epoch_; ///< `hi` of every id, as sluice's: milliseconds since 1970 at the start
    std::uint64_t published_ = 0;
    std::uint64_t dropped_ = 0;
};

} // namespace sluice::load
