#pragma once

#include <boost/intrusive/set.hpp>

#include <algorithm>
#include <cstdint>

namespace sluice {

/// @cond internal
/// The sequence of the newest event that was sent to a session and passes its filter. Linked while the event waits to
/// be written.
struct waiting_mark : boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    std::uint64_t newest = 0;

    friend bool operator<(waiting_mark const& a, waiting_mark const& b) noexcept { return a.newest < b.newest; }
};

/// Keeps track of events that were sent to single sessions and have not been written to them. It is needed because a
/// client that comes back with a new session cannot know whether such an event was meant for it. Confined to the
/// shard's thread.
class undelivered {
public:
    /// Notes an event that was lost with its session.
    void lose(std::uint64_t sequence) noexcept { lost_ = std::max(lost_, sequence); }
    /// Notes an event that is to be written to the mark's session. It is newer than all earlier ones.
    void add(waiting_mark& m, std::uint64_t sequence) noexcept
    {
        m.unlink();
        m.newest = sequence;
        waiting_.insert(waiting_.end(), m);
    }
    /// Notes that what the mark's session was sent has been written up to this sequence, and nothing after it.
    void move(waiting_mark& m, std::uint64_t written) noexcept
    {
        bool const waits = m.newest > written;
        if (waits && !m.is_linked()) {
            waiting_.insert(m);
        } else if (!waits) {
            m.unlink();
        }
    }
    /// The mark's session ends, and the events that wait for it are lost.
    void end(waiting_mark& m) noexcept
    {
        if (m.is_linked()) {
            lose(m.newest);
        }
        m.unlink();
        m.newest = 0;
    }
    /// The sequence of the newest event that is lost or waits for a session other than the mark's; 0 if there is none.
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
