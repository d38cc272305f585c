#pragma once

#include "event_group.hpp"
#include "sequence_tracker.hpp"
#include "stream_reader.hpp"
#include "tally.hpp"

#include <cstdint>
#include <string_view>

namespace sluice::load {

/// Checks the events that one client gets, over all its connections, and counts them.
class delivery_check {
public:
    delivery_check(event_group& group, tally& counts) : group_(group), counts_(counts) {}

    /// Its latencies do not count.
    void leave_untimed() { is_timed_ = false; }

    /// Takes the events that come next as far as another client has read them: the short way for most of a broadcast.
    void take_known(stream_reader& reader, std::string_view& bytes, std::uint64_t now_ns);
    /// Looks at an event of the group's type, which `reader` has just given out.
    void on_event(const received_event& event, const stream_reader& reader, std::uint64_t now_ns);
    /// Hears from the server of a loss.
    void on_loss_event(std::string_view data);
    /// What is published from now on must come.
    void on_live() { tracker_.expect_from(group_.published); }

    /// Another client comes in its place. What is missing is lost, but what was on the way when it left is not missing.
    void start_over();

    /// Nothing is missing but what the server said it had dropped, and what was given up.
    bool has_all() const { return tracker_.has_all(group_.published); }
    void give_up() { tracker_.give_up(group_.published); }
    /// How many events published for it are behind the last that it has.
    std::uint64_t behind() const;
    std::uint64_t lost() const { return tracker_.lost(group_.published); }
    std::uint64_t told_lost() const { return tracker_.told_lost(group_.published); }

private:
    void on_delivery(std::uint64_t due_ns, std::uint64_t now_ns);

    event_group& group_;
    tally& counts_;
    sequence_tracker tracker_;
    bool is_timed_ = true;
};

} // namespace sluice::load
