#pragma once

#include "settings.hpp"
#include <sluice/event/event.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::model {

struct published;

/// What a session wants and may have; lists are sorted, each type and topic once.
struct interest {
    std::vector<std::string> asked{};
    std::optional<std::vector<std::string>> allowed{};
    std::vector<std::string> topics{};
    /// Of topics, as `prefix_patterns` has them.
    std::vector<std::string> patterns{};
    /// Broadcasts without a topic are left out up to this event, where topics are named.
    std::uint64_t topicless_after = 0;
    /// The topics, and patterns of topics, of which it may have private events; nothing: of all.
    std::optional<std::vector<std::string>> private_topics{};

    /// Of events that are sent to the session.
    [[nodiscard]] bool wants(std::string const& type) const;
    /// Of events that are sent to everybody.
    [[nodiscard]] bool wants(published const& p) const;
    [[nodiscard]] bool names_types() const noexcept { return !asked.empty() || allowed; }
    [[nodiscard]] bool names_topics() const;
    /// The topic, if one alone is named, by its name.
    [[nodiscard]] std::optional<std::string> only_topic() const
    {
        bool const is_one = names_topics() && topics.size() == 1 && patterns.empty();
        return is_one ? std::optional{topics.front()} : std::nullopt;
    }
    friend bool operator==(interest const&, interest const&) = default;
};

/// An event that was sent to a session, as the session knows it.
struct sent_event {
    std::uint64_t place = 0;
    bool wanted = true;
    bool written = false;       ///< whole on a connection
    bool known_written = false; ///< and the hub knows it
    bool unsure = false;        ///< a resume went back behind it
    bool refiltered = false;    ///< by a later filter it is not what it was by the one when it came
    bool doubtful = false;      ///< it was passed over by a connection that never said so
};

/// A session from its beginning to its end; the same id may begin another one later.
struct session_record {
    std::string id;
    std::string agent{};
    interest wants{};
    bool claimed = false;
    bool alive = true;
    bool connected = false;
    std::chrono::milliseconds expires{};
    std::uint64_t reconnections = 0;
    std::deque<std::chrono::milliseconds> recent{};
    /// Up to here everything was written or told as lost; and up to here at most.
    std::uint64_t passed_surely = 0;
    std::uint64_t passed_at_most = 0;
    /// By which filter that is so.
    interest position_wants{};
    /// When its last connection ended the log still held all after `passed_surely`.
    bool ended_in_log = true;
    /// The newest event that was written to its last connection.
    std::uint64_t last_written = 0;
    /// Since here it has had one filter and no loss.
    std::uint64_t unbroken_from = 0;
    /// Events within a replay that had left the log and were told as lost.
    std::vector<std::uint64_t> told_lost{};
    /// How its first connection began was not written whole: what was unknown of the loss may be so yet.
    bool untold = false;
    std::vector<sent_event> sent{};
    /// The places of events that were written to it.
    std::vector<std::uint64_t> written{};
    /// The ids that its client has seen lately.
    std::deque<std::string> seen{};
};
using session_handle = std::shared_ptr<session_record>;

/// An event as it was published.
struct published {
    std::string own_id;
    std::string type;
    std::vector<std::string> topics;
    bool is_private = false;
    bool is_broadcast = true;
    /// It closes or forgets a topic, and is no event.
    bool is_mark = false;
    std::vector<session_record const*> targets;
    /// As it goes out on a stream, live; and when it was published, as a replay says.
    std::string block;
    std::string time;
    /// From when on it is not replayed; and the event by whose `keep` it was let go.
    std::chrono::system_clock::time_point expires = std::chrono::system_clock::time_point::max();
    std::uint64_t let_go_by = 0;

    [[nodiscard]] bool is_perishable() const noexcept
    {
        return let_go_by != 0 || expires != std::chrono::system_clock::time_point::max();
    }
};

/// The time, as a replay tells that of an event's publishing.
[[nodiscard]] std::string to_text(std::chrono::system_clock::time_point time);

/// What a replay leaves out that began when the log had so many events, and at that time.
struct replay_view {
    std::uint64_t through = 0;
    std::chrono::system_clock::time_point at{};
};

/// What was published, in order, and what a log within its limits must still hold of it. An event's place counts
/// from 1. It is found by looking at everything: slow, and too simple to be wrong.
class reference {
public:
    explicit reference(settings s) : settings_{std::move(s)} {}

    /// Publishes an event at the time; without targets to everybody.
    void publish(event const& e, std::vector<session_handle> const& targets,
                 std::chrono::system_clock::time_point time);

    /// Closes or forgets a topic.
    void close(std::string const& topic);
    void forget(std::string const& topic);
    /// Where the topic was closed; nothing if it is open.
    [[nodiscard]] std::optional<std::uint64_t> end_of(std::string const& topic) const;
    /// The last event of the topic; 0 if there was none.
    [[nodiscard]] std::uint64_t last_of(std::string const& topic) const;
    /// The topic's last event has left the log, so that the topic is open again.
    void note_open(std::string const& topic) { ends_.erase(topic); }
    [[nodiscard]] std::map<std::string, std::uint64_t> const& ends() const noexcept { return ends_; }
    /// How many places hold no event.
    [[nodiscard]] std::uint64_t marks() const noexcept { return marks_; }

    [[nodiscard]] std::uint64_t head() const noexcept { return events_.size(); }
    [[nodiscard]] published const& at(std::uint64_t place) const { return events_[place - 1]; }
    /// The event's id as publishers and clients are told.
    [[nodiscard]] std::string id_of(std::uint64_t place) const;
    [[nodiscard]] std::string place_id(std::uint64_t place) const;
    /// The `hi` of all ids, which the hub draws: 0 until one was seen.
    [[nodiscard]] std::uint64_t hi() const noexcept { return hi_; }
    void learn_hi(std::uint64_t hi);

    /// Whether the event is for the session and its interest.
    [[nodiscard]] bool is_for(std::uint64_t place, session_record const& s, interest const& wants) const;
    /// The same for a replay, which leaves out what was let go.
    [[nodiscard]] bool is_for(std::uint64_t place, session_record const& s, interest const& wants,
                              replay_view const& view) const;

    /// Broadcasts from here on are surely in the log; and events to single sessions as far as the log's limits go.
    [[nodiscard]] std::uint64_t broadcasts_held_from() const noexcept { return broadcasts_.from; }
    [[nodiscard]] std::uint64_t sent_held_from() const noexcept { return sent_.from; }

private:
    /// The newest events of a kind within the limits.
    struct window {
        std::uint64_t from = 1;
        std::size_t events = 0;
        std::size_t cost = 0;
    };
    void let_go(std::string const& topic, std::uint32_t most);
    void add_mark();
    void narrow(window& w, bool broadcasts) const;
    [[nodiscard]] std::size_t cost_of(published const& p) const noexcept;

    settings settings_;
    std::vector<published> events_;
    std::map<std::string, std::uint64_t> ends_;
    std::uint64_t marks_ = 0;
    std::uint64_t hi_ = 0;
    window broadcasts_;
    window sent_;
};

} // namespace sluice::model
