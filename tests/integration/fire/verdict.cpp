#include "verdict.hpp"

#include <support/failure.hpp>
#include <support/http_message.hpp>

#include <boost/json/object.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

namespace sluice::test {
namespace {

std::string name(const sent_event& event)
{
    return fmt::format("{}-{} ({}, {})", event.at.hi, event.at.lo, event.type, printable(event.data, 40));
}

bool concerns(const sent_event& event, const client_record& client)
{
    const auto has = [](const auto& list, const auto& one) {
        return std::find(list.begin(), list.end(), one) != list.end();
    };
    return (client.types.empty() || has(client.types, event.type)) &&
           (event.sessions.empty() || has(event.sessions, client.session));
}

std::vector<sent_event> due_to(const client_record& client, const std::vector<sent_event>& published)
{
    std::vector<sent_event> due;
    std::copy_if(published.begin(), published.end(), std::back_inserter(due),
                 [&](const auto& event) { return concerns(event, client); });
    return due;
}

/// The numbers of one connection's control events.
struct announced {
    bool connected = false;
    bool resumed = false;
    std::size_t replay = 0;
    std::optional<std::size_t> dropped = 0;
    bool overflow = false;
    std::optional<std::size_t> replay_start;
    bool replay_end = false;
    bool any_event = false;
};

/// Walks a client's connections along the list of what it is due.
class walk {
public:
    walk(const client_record& client, const std::vector<sent_event>& published, losses allowed)
        : allowed_(allowed),
          due_(due_to(client, published)),
          targeted_(std::any_of(due_.begin(), due_.end(), [](const auto& event) { return !event.sessions.empty(); }))
    {
    }

    std::string run(const client_record& client)
    {
        for (std::size_t i = 0; i < client.connections.size(); ++i) {
            auto fault = connection(client.connections[i], i == 0);
            if (!fault.empty()) {
                return fmt::format("session {}, connection {} of {}, last id {}: {}", client.session, i + 1,
                                   client.connections.size(), client.connections[i].last_event_id.value_or("none"),
                                   fault);
            }
        }
        if (got_ != due_.size()) {
            return fmt::format("session {}: {} events at the end are missing, from {}", client.session,
                               due_.size() - got_, name(due_[got_]));
        }
        return {};
    }

private:
    std::string connection(const connection_record& record, bool first)
    {
        said_ = {};
        replayed_ = 0;
        auto fault = start(record);
        for (auto block = record.blocks.begin(); fault.empty() && block != record.blocks.end(); ++block) {
            if (!said_.connected) {
                fault = opening(*block, first);
            } else {
                fault = block->has_id ? event(*block) : control(*block);
            }
        }
        return fault;
    }

    /// Where in the list this connection must go on: after its last id, or else where the server's writing
    /// ended.
    std::string start(const connection_record& record)
    {
        std::size_t from = passed_;
        if (record.last_event_id && !record.last_event_id->empty()) {
            const auto at = parse_place(*record.last_event_id);
            const auto after = std::upper_bound(due_.begin(), due_.end(), at,
                                                [](const place& p, const sent_event& event) { return p < event.at; });
            from = static_cast<std::size_t>(after - due_.begin());
            if (from != got_ && from != passed_) {
                return fmt::format("the client's last id stands for {} events, but it has {} and was told of {} "
                                   "with the lost ones",
                                   from, got_, passed_);
            }
        }
        at_ = from;
        return {};
    }

    std::string opening(const received_event& block, bool first)
    {
        if (block.type != "connected") {
            return "the first event is not connected: " + to_string(block);
        }
        const auto data = parse_json(block.data).as_object();
        said_.connected = true;
        said_.resumed = data.at("resumed").as_bool();
        said_.replay = data.at("replay").to_number<std::size_t>();
        said_.dropped =
            data.at("dropped").is_null() ? std::nullopt : std::optional(data.at("dropped").to_number<std::size_t>());
        if (said_.resumed == first) {
            return "resumed is wrong: " + block.data;
        }
        if (said_.dropped != 0U && allowed_ == losses::none) {
            return "a loss where nothing may be lost: " + block.data;
        }
        if (!said_.dropped && !targeted_) {
            return "a loss of broadcasts alone that is not counted: " + block.data;
        }
        if (said_.dropped) {
            at_ += *said_.dropped;
        }
        passed_ = at_;
        return at_ + said_.replay > due_.size() ? "more is announced than was published: " + block.data : "";
    }

    std::string control(const received_event& block)
    {
        const auto data = parse_json(block.data).as_object();
        if (block.type == "buffer-overflow") {
            const bool right = said_.dropped != 0U && !said_.overflow && !said_.replay_start &&
                               data.at("kept").to_number<std::size_t>() == said_.replay &&
                               (said_.dropped ? data.at("dropped") == *said_.dropped : data.at("dropped").is_null());
            said_.overflow = true;
            return right ? "" : "misplaced or other than in connected: buffer-overflow " + block.data;
        }
        if (block.type == "replay-start") {
            said_.replay_start = data.at("count").to_number<std::size_t>();
            const bool right = said_.replay_start == said_.replay && said_.overflow == (said_.dropped != 0U);
            return right ? "" : "other than in connected: replay-start " + block.data;
        }
        if (block.type == "replay-end") {
            const bool right = said_.replay_start && !said_.replay_end && replayed_ == said_.replay;
            said_.replay_end = true;
            return right ? "" : fmt::format("replay-end after {} of {}", replayed_, said_.replay);
        }
        return "an unexpected control event: " + to_string(block);
    }

    std::string event(const received_event& block)
    {
        if (!std::exchange(said_.any_event, true) && !said_.dropped) {
            skip_unknown_loss(block);
        }
        if (at_ >= due_.size()) {
            return "an event after the last: " + to_string(block);
        }
        const auto& wanted = due_[at_];
        if (parse_place(block.id) != wanted.at || block.data != wanted.data || block.type != wanted.type) {
            return fmt::format("wanted {}, came {}", name(wanted), to_string(block));
        }
        const bool in_replay = said_.replay_start && !said_.replay_end;
        const bool marked = block.comments.size() == 1 && block.comments.front().starts_with("replayed ");
        if (marked != in_replay || (!marked && !block.comments.empty())) {
            return fmt::format("{} replay, but {} marked: {}", in_replay ? "in" : "outside of",
                               marked ? "it is" : "it is not", to_string(block));
        }
        if (!in_replay && said_.replay != 0 && !said_.replay_end) {
            return "an event before the replay: " + to_string(block);
        }
        replayed_ += in_replay ? 1 : 0;
        got_ = ++at_;
        passed_ = at_;
        return {};
    }

    /// `dropped` was null: any number may be missing before the first event, and none after it.
    void skip_unknown_loss(const received_event& block)
    {
        const auto at = parse_place(block.id);
        while (at_ < due_.size() && due_[at_].at < at) {
            ++at_;
        }
    }

    losses allowed_;
    std::vector<sent_event> due_;
    bool targeted_;          ///< some of it was sent to this client alone
    std::size_t at_ = 0;     ///< the next that must come on this connection
    std::size_t got_ = 0;    ///< so many the client has, with those that it was told were lost before them
    std::size_t passed_ = 0; ///< so many the server is done with
    announced said_;
    std::size_t replayed_ = 0;
};

} // namespace

std::string judge(const client_record& client, const std::vector<sent_event>& published, losses allowed)
{
    return walk(client, published, allowed).run(client);
}

} // namespace sluice::test
