#pragma once

#include <sluice/event/frame.hpp>
#include <sluice/fan_out/closed_topics.hpp>
#include <sluice/fan_out/selector.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace sluice {

/// Stands for the end of a stream whose topics are open: a sequence that never comes.
inline constexpr auto no_end = std::numeric_limits<std::uint64_t>::max();

/// The topics that are closed as far as a shard has read the order of events, and where. What it forgets, the
/// publishers' `closed_topics` forget too. A topic is forgotten before its last broadcast leaves the window, so that
/// its selector lives as long as it is here. Confined to the shard's thread.
class topic_ends {
public:
    /// `all` may be null where nothing is published.
    explicit topic_ends(closed_topics* all) noexcept : all_{all} {}

    [[nodiscard]] bool empty() const noexcept { return ends_.empty(); }
    /// Makes sure that so many topics more can be closed without memory.
    void make_room(std::size_t more) { ends_.reserve(ends_.size() + more); }
    /// The topic is closed by the frame, for which there is room.
    void close(selector const& topic, shared_frame const& by) noexcept { ends_.insert_or_assign(&topic, by); }
    /// The topic is open again, and publishers know.
    void reopen(selector const& topic) noexcept { ends_.erase(&topic); }
    /// The topic is open again, and publishers are told.
    void forget(selector const& topic) noexcept
    {
        if (auto const found = ends_.find(&topic); found != ends_.end()) {
            forget(topic.name(), *found->second);
            ends_.erase(found);
        }
    }
    /// A topic that the frame has closed for publishers has no event here.
    void forget(std::string_view topic, frame const& by) const noexcept
    {
        if (all_ != nullptr) {
            all_->forget(topic, by);
        }
    }
    /// Whether the topic is closed. It may be null.
    [[nodiscard]] bool contains(selector const* topic) const noexcept
    {
        return !ends_.empty() && ends_.contains(topic);
    }

private:
    closed_topics* all_;
    boost::unordered_flat_map<selector const*, shared_frame> ends_;
};

} // namespace sluice
