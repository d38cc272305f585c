#pragma once

#include <sluice/event/frame.hpp>
#include <sluice/fan_out/postings.hpp>

#include <boost/intrusive/list.hpp>
#include <boost/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string_view>

namespace sluice {

class follower;
class selector;
using selector_ptr = boost::intrusive_ptr<selector>;

/// A connection's interest in a selector.
struct subscription : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    follower* subscriber = nullptr;
};
using subscription_list = boost::intrusive::list<subscription, boost::intrusive::constant_time_size<false>>;

/// The broadcasts of one type, or about one topic, in a shard's window. With it a session that wants some finds them
/// without visiting the others. Confined to the shard's thread.
class selector : public boost::intrusive_ref_counter<selector, boost::thread_unsafe_counter> {
public:
    /// The name of the type or topic. The text must stay valid while the selector is known, or until the selector
    /// shares or copies it.
    /// `lost_through` bounds what of it may have left the log before it was known.
    explicit selector(std::string_view name, std::uint64_t lost_through = 0) noexcept
        : name_{name}, lost_through_{lost_through}
    {
    }

    [[nodiscard]] std::string_view name() const noexcept { return name_; }
    /// The name's hash, computed once.
    [[nodiscard]] std::size_t hash() const noexcept { return hash_; }
    /// Makes a copy of its name, unless it has one already.
    void keep_text();
    [[nodiscard]] bool has_own_text() const noexcept { return text_ != nullptr; }

    /// Makes sure that the next `append` allocates nothing.
    void make_room() { broadcasts_.make_room(); }
    /// Adds the newest broadcast. The selector refers to its name in that frame from now on, which stays in the log at
    /// least as long as any other of its broadcasts, unless it has a copy that a session needs.
    void append(frame const& newest, std::string_view name_in_newest);
    /// Removes the oldest broadcast, which has left the log.
    /// `is_loss`: it was not let go before.
    void drop_front(bool is_loss = true) noexcept
    {
        lost_through_ = is_loss ? broadcasts_.sequence_at(0) : lost_through_;
        broadcasts_.drop_front();
        ++lost_;
    }

    /// Its broadcasts in the log.
    [[nodiscard]] postings const& broadcasts() const noexcept { return broadcasts_; }
    /// How many of its broadcasts have left the log since it is known.
    [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

    /// None after this sequence has left the log that had not been let go before.
    [[nodiscard]] std::uint64_t lost_through() const noexcept { return lost_through_; }

    /// What of the broadcasts with this canonical topic is kept.
    struct kept_events {
        /// How many are in the log and have not been let go.
        std::uint32_t count = 0;
        /// Those up to this sequence have been let go.
        std::uint64_t let_go_through = 0;
    };
    kept_events kept;

    [[nodiscard]] bool has_any() const noexcept { return !broadcasts_.empty(); }

    /// @name A topic's number in the window
    /// @{
    static constexpr auto no_number = std::numeric_limits<std::uint32_t>::max();
    /// `no_number` if it has none.
    [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
    void set_number(std::uint32_t number) noexcept { number_ = number; }
    /// @}

    /// Connected clients whose interest has the selector.
    subscription_list subscribers;
    /// Whether the selector has had a broadcast since its subscribers were last woken.
    bool touched = false;

private:
    std::uint32_t number_ = no_number;
    std::string_view name_;
    /// The copy, if `name_` is in one.
    std::unique_ptr<char[]> text_;
    std::size_t hash_ = std::hash<std::string_view>{}(name_);
    postings broadcasts_;
    std::uint64_t lost_ = 0;
    std::uint64_t lost_through_;
};

} // namespace sluice
