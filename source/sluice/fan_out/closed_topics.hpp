#pragma once

#include <sluice/event/frame.hpp>

#include <boost/intrusive_ptr.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string_view>
#include <vector>

namespace sluice {

class publishing_pass;

/// The topics of a broker that are closed, for its publishers. Closing a topic and publishing to it exclude each other,
/// so that in the order of events nothing is behind a topic's end. Publishers of events without a topic pass by.
///
/// A topic is closed from the push of the frame that closes it until it is forgotten: a shard says so when its last
/// event leaves the log, or a publisher pushes a mark that forgets it. Safe from any thread.
class closed_topics {
public:
    /// Whether the topic is closed.
    [[nodiscard]] bool contains(std::string_view topic) const;
    /// The topic is not closed any more, if it was this frame that closed it.
    void forget(std::string_view topic, frame const& by) noexcept;

private:
    friend class publishing_pass;

    mutable std::shared_mutex mutex_;
    /// By which frames. The names are in them.
    boost::unordered_flat_map<std::string_view, shared_frame> closed_;
    /// The passes of batches that are being pushed in parts.
    std::vector<publishing_pass const*> under_way_;
};

/// How a push ended.
enum class push_outcome : std::uint8_t {
    pushed,
    no_room, ///< in the ring
    closed,  ///< one of the topics is closed
    busy,    ///< a batch on a topic that would be closed or forgotten is being pushed in parts
};

/// One publishing call's pass by the closed topics. Confined to the call.
class publishing_pass {
public:
    using frames = std::span<boost::intrusive_ptr<frame> const>;

    /// All frames of the call, which outlive the pass; `in_parts`: they are pushed in several steps, between which
    /// their topics are neither closed nor forgotten by others.
    /// Throws `std::bad_alloc`.
    publishing_pass(closed_topics& topics, frames all, bool in_parts);
    ~publishing_pass();
    publishing_pass(publishing_pass const&) = delete;
    publishing_pass& operator=(publishing_pass const&) = delete;

    /// Calls `push(some)`, which returns whether there was room, unless a topic is in the way: then nothing is pushed.
    /// Nothing is in the way of a batch whose first part was pushed. Throws `std::bad_alloc`, and then nothing was
    /// pushed.
    template <class Push>
    [[nodiscard]] push_outcome try_push(frames some, Push push)
    {
        auto const outcome_of = [](bool pushed) { return pushed ? push_outcome::pushed : push_outcome::no_room; };
        if (!has_topics_ || has_entered_) {
            return note(outcome_of(push(some)));
        }
        if (!changes_) {
            std::shared_lock const others_may_publish{topics_.mutex_};
            return may_publish() ? outcome_of(push(some)) : push_outcome::closed;
        }
        {
            std::unique_lock const alone{topics_.mutex_};
            if (auto const refused = enter(); refused != push_outcome::pushed) {
                return refused;
            }
            if (!in_parts_) {
                return leave(outcome_of(push(some)));
            }
        }
        return note(outcome_of(push(some)));
    }

private:
    [[nodiscard]] bool may_publish() const;
    [[nodiscard]] bool holds(std::string_view topic) const;
    [[nodiscard]] push_outcome enter();
    [[nodiscard]] push_outcome enter(frame const& f);
    push_outcome leave(push_outcome how) noexcept;
    push_outcome note(push_outcome how) noexcept;
    void take_back() noexcept;

    closed_topics& topics_;
    frames all_;
    bool in_parts_;
    bool has_topics_;
    /// Of a batch that is pushed in parts: its topics, sorted, each once.
    std::vector<std::string_view> held_topics_;
    /// Whether it closes or forgets topics, or holds them for a while.
    bool changes_;
    /// Others know that it is under way.
    bool has_entered_ = false;
    bool has_pushed_ = false;
};

} // namespace sluice
