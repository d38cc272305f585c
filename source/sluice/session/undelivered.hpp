#pragma once

#include <boost/intrusive/set.hpp>

#include <algorithm>
#include <cstdint>

namespace sluice {

/// @cond internal
/// The newest event that was sent to a session and that it wants, by its sequence. Linked while the event waits to be
/// written.
struct waiting_mark : boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    std::uint64_t newest = 0;

    friend bool operator<(waiting_mark const& a, waiting_mark const& b) noexcept { return a.newest < b.newest; }
};

/// Which events that were sent to single sessions have not been written to them: a client that comes back with a new
/// session cannot know whether such an event was its own. Confined to the shard's thread.
class undelivered {
public:
    /// Notes an event that was lost with its session.
    void lose(std::uint64_t sequence) noexcept { lost_ = std::max(lost_, sequence); }
    /// Notes an event that is to be written to the session of the mark. It is newer than all before it.
    void add(waiting_mark& m, std::uint64_t sequence) noexcept
    {
        m.unlink();
        m.newest = sequence;
        waiting_.insert(waiting_.end(), m);
    }
    /// What the session of the mark was sent is written up to the sequence, and nothing after it.
    void move(waiting_mark& m, std::uint64_t written) noexcept
    {
        bool const waits = m.newest > written;
        if (waits && !m.is_linked()) {
            waiting_.insert(m);
        } else if (!waits) {
            m.unlink();
        }
    }
    /// The session of the mark ends, and with it what waits.
    void end(waiting_mark& m) noexcept
    {
        if (m.is_linked()) {
            lose(m.newest);
        }
        m.unlink();
        m.newest = 0;
    }
    /// The sequence of the newest event that is lost or waits, for another session than that of the mark; 0: none.
    [[nodiscard]] std::uint64_t newest(waiting_mark const* but = nullptr) const noexcept
    {
        auto last = waiting_.rbegin();
        if (last != waiting_.rend() && &*last == but) {
            ++last;
        }
        return last == waiting_.rend() ? lost_ : std::max(lost_, last->newest);
    }

private:
    boost::intrusive::multiset<waiting_mark, boost::intrusive::constant_time_size<false>> waiting_;
    std::uint64_t lost_ = 0;
};
/// @endcond

} // namespace sluice
