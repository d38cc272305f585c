#include <sluice/presence/presence_ledger.hpp>

#include <algorithm>
#include <new>

namespace sluice {

void presence_ledger::note(presence_change const& c, time_point now) noexcept
{
    auto found = entries_.find(key{.topic = c.topic, .subject = c.subject});
    try {
        if (c.active && found == entries_.end()) {
            found = entries_.insert(std::make_unique<entry>(entry{.topic = c.topic, .subject = c.subject})).first;
        }
        if (c.active) {
            (*found)->payload = c.payload;
        }
    } catch (std::bad_alloc const&) { // NOLINT(bugprone-empty-catch): an older payload does, and else there is nothing
    }
    if (found == entries_.end()) {
        return;
    }
    auto& e = **found;
    if (c.active) {
        ++e.shards;
    } else if (e.shards != 0) {
        --e.shards;
    }
    decide(e, now);
}

/// Publishes what is the case, if it is something else than what was published last and may be published now. Else
/// looks at the entry again when something may be done.
void presence_ledger::decide(entry& e, time_point now) noexcept
{
    bool const active = e.shards != 0;
    auto& free_from = e.free_from[active ? 1 : 0];
    if (active != e.active && free_from <= now) {
        if (publish(e, active)) {
            e.active = active;
        }
        // Where memory is short, it is tried again.
        free_from = now + interval;
    }
    if (active != e.active) {
        look_at(e, free_from);
    } else if (!active) {
        // What was published last has to be known until both ways are free.
        look_at(e, std::max(e.free_from[0], e.free_from[1]));
    } else {
        e.by_time.unlink();
    }
}

bool presence_ledger::publish(entry const& e, bool active) noexcept
{
    try {
        due_.push_back({.topic = e.topic, .subject = e.subject, .payload = e.payload, .active = active});
        return true;
    } catch (std::bad_alloc const&) {
        return false;
    }
}

void presence_ledger::look_at(entry& e, time_point when) noexcept
{
    e.by_time.unlink();
    e.looked_at = when;
    waiting_.insert(e);
}

void presence_ledger::look(time_point now) noexcept
{
    while (!waiting_.empty() && waiting_.begin()->looked_at <= now) {
        auto& e = *waiting_.begin();
        e.by_time.unlink();
        if (e.shards == 0 && !e.active) {
            entries_.erase(entries_.find(e.key()));
        } else {
            decide(e, now);
        }
    }
}

void presence_ledger::clear() noexcept
{
    entries_.clear();
    due_.clear();
}

presence_ledger::time_point presence_ledger::next() const noexcept
{
    return waiting_.empty() ? time_point::max() : waiting_.begin()->looked_at;
}

} // namespace sluice
