#pragma once

#include <sluice/presence/presence_change.hpp>

#include <boost/container_hash/hash.hpp>
#include <boost/intrusive/set.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sluice {

/// Decides, for the topics of one home, when it is published that a subject has come to a topic or left it. A subject
/// is there while it has a stream on any shard. Each way is published at most once in a second for a subject and topic;
/// what that holds back is published when the second is over, if it is not what was published last. It does no I/O, and
/// the caller has the clock. Not thread-safe.
///
/// Example: a subject opens a stream, closes it and opens one again, all within a tenth of a second. That is published
/// as `active`, not `active`, and, a second after the first, `active`.
class presence_ledger {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// How far two events of one kind about the same subject and topic are apart. It is a little more than a second, so
    /// that subscribers see them a second apart.
    static constexpr std::chrono::milliseconds interval{1010};

    /// A shard has the subject's first stream there, or not its last any more. Where memory is too short for a subject
    /// that comes, nothing is known of it.
    void note(presence_change const& c, time_point now) noexcept;
    /// Decides on what was held back until now.
    void look(time_point now) noexcept;
    /// When `look` has something to do next; `time_point::max()` if it has not.
    [[nodiscard]] time_point next() const noexcept;
    /// What is to be published, in order, until it is taken out.
    [[nodiscard]] std::deque<presence_change>& due() noexcept { return due_; }
    /// Forgets everything.
    void clear() noexcept;

    /// How many subjects on topics it knows.
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

private:
    using hook = boost::intrusive::set_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

    struct key {
        std::string_view topic;
        std::string_view subject;
        bool operator==(key const&) const = default;
    };
    struct entry {
        std::string topic{};
        std::string subject{};
        std::string payload{};
        [[nodiscard]] presence_ledger::key key() const noexcept { return {.topic = topic, .subject = subject}; }
        /// On how many shards the subject has a stream.
        std::uint32_t shards = 0;
        /// What was published last.
        bool active = false;
        /// From when on each may be published again: that it has left, and that it is there.
        std::array<time_point, 2> free_from{};
        time_point looked_at{};
        hook by_time{};
    };
    using entry_ptr = std::unique_ptr<entry>;
    struct hash {
        using is_transparent = void;
        std::size_t operator()(key const& k) const noexcept
        {
            auto seed = std::hash<std::string_view>{}(k.topic);
            boost::hash_combine(seed, std::hash<std::string_view>{}(k.subject));
            return seed;
        }
        std::size_t operator()(entry_ptr const& e) const noexcept { return (*this)(e->key()); }
    };
    struct equal {
        using is_transparent = void;
        bool operator()(entry_ptr const& a, entry_ptr const& b) const noexcept { return a == b; }
        bool operator()(key const& k, entry_ptr const& e) const noexcept { return k == e->key(); }
        bool operator()(entry_ptr const& e, key const& k) const noexcept { return k == e->key(); }
    };
    struct sooner {
        bool operator()(entry const& a, entry const& b) const noexcept { return a.looked_at < b.looked_at; }
    };

    void decide(entry& e, time_point now) noexcept;
    [[nodiscard]] bool publish(entry const& e, bool active) noexcept;
    void look_at(entry& e, time_point when) noexcept;

    boost::unordered_flat_set<entry_ptr, hash, equal> entries_;
    boost::intrusive::multiset<entry, boost::intrusive::member_hook<entry, hook, &entry::by_time>,
                               boost::intrusive::compare<sooner>, boost::intrusive::constant_time_size<false>>
        waiting_;
    std::deque<presence_change> due_;
};

} // namespace sluice
