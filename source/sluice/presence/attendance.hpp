#pragma once

#include <sluice/fan_out/audience_index.hpp>
#include <sluice/presence.hpp>
#include <sluice/presence/presence_change.hpp>
#include <sluice/presence/presence_stay.hpp>
#include <sluice/session/subject_index.hpp>

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

struct attended_topic;

/// A subject on a topic, or all streams there without a subject.
struct attendee : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    attended_topic* topic = nullptr;
    /// Null if it is about streams without a subject.
    subject_ptr subject{};
    std::shared_ptr<std::string const> payload{};
    std::uint32_t streams = 0;
    /// Whether it was told that the subject is there.
    bool was_told = false;
};

/// A topic that streams of a shard name. The keys are the texts of what the values refer to.
struct attended_topic {
    selector_ptr selector{};
    std::map<std::string_view, attendee> attendees{};
    std::uint64_t streams = 0;
    /// Whether who comes and who leaves is told.
    bool is_told = false;
};

/// Which subjects have which topics open by streams of one shard, and how many streams each: `a stream of the subject S
/// has opened a subscription to the topic T, with the payload P`. It is counted in the order of topics and subjects, so
/// that a page of an answer costs what is on it. Confined to the shard's thread.
///
/// It also knows what it has yet to tell of who came and who left. A stream that takes another one's place within one
/// handler leaves nothing to tell.
class attendance {
public:
    /// `tells`: whether it is told who comes and who leaves.
    attendance(audience_index& audience, subject_index& subjects, bool tells) noexcept
        : audience_{audience}, subjects_{subjects}, tells_{tells}
    {
    }

    struct opened_topic {
        std::string_view topic;
        /// JSON; empty: none.
        std::string_view payload;
    };
    /// A stream of the subject, or of none if that is empty, opens the topics. One that is there twice counts once.
    /// Throws `std::bad_alloc`; then nothing has changed.
    [[nodiscard]] presence_stay enter(std::vector<opened_topic> topics, std::string_view subject);
    /// The stream has ended.
    void leave(presence_stay s) noexcept;

    /// @name Who is there
    /// @{
    /// Calls `f(std::string_view)` for at most `most` topics after the text, in their order, while it returns true. Of
    /// some all streams may just have ended. Returns whether it came to the end of all topics.
    template <class F>
    bool for_each_topic_after(std::string_view after, std::size_t most, F f) const
    {
        auto it = topics_.upper_bound(after);
        for (; it != topics_.end() && most != 0; --most, ++it) {
            if (!f(it->first)) {
                return false;
            }
        }
        return it == topics_.end();
    }
    /// The topic's subjects after the text: at most `limit`, and no more than bring subjects and payloads to so many
    /// bytes, but at least one. `next` is the last of them if there are more.
    [[nodiscard]] topic_presence read(std::string_view topic, std::string_view after, std::size_t limit,
                                      std::size_t max_bytes) const;
    /// @}

    /// @name Who came and who left
    /// @{
    [[nodiscard]] bool has_changes() const noexcept { return !changed_.empty(); }
    /// Calls `send(std::size_t home, std::vector<presence_change>)` with what has changed since it was told last, for
    /// each of so many homes to which a topic may belong. Throws what that throws, and `std::bad_alloc`; what was not
    /// sent then is sent the next time.
    template <class Send>
    void tell(std::size_t homes, Send send)
    {
        std::vector<std::vector<attendee*>> by_home(homes);
        for (auto& a : changed_) {
            by_home[std::hash<std::string_view>{}(a.topic->selector->name()) % homes].push_back(&a);
        }
        for (std::size_t home = 0; home != homes; ++home) {
            if (!by_home[home].empty()) {
                send(home, changes_of(by_home[home]));
                told(by_home[home]);
            }
        }
    }
    /// @}

private:
    [[nodiscard]] attendee& attendee_of(std::string_view topic, std::string_view subject);
    void note(attendee& a) noexcept;
    void forget(attendee& a) noexcept;
    void forget_if_empty(attended_topic& t) noexcept;
    [[nodiscard]] static std::vector<presence_change> changes_of(std::vector<attendee*> const& some);
    void told(std::vector<attendee*> const& some) noexcept;

    audience_index& audience_;
    subject_index& subjects_;
    bool tells_;
    std::map<std::string_view, attended_topic> topics_;
    boost::intrusive::list<attendee, boost::intrusive::constant_time_size<false>> changed_;
};

} // namespace sluice
