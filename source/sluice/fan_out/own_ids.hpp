#pragma once

#include <sluice/event/frame.hpp>

#include <boost/intrusive/set.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace sluice {

/// Publishers' own ids, in the order of their events. Confined to the shard's thread.
///
/// The text of a broadcast's id stays in its frame, which the log holds. That of a targeted event is copied, because
/// the log does not hold its frame.
class own_id_index {
public:
    own_id_index() = default;
    ~own_id_index() { by_id_.clear(); }
    own_id_index(own_id_index const&) = delete;
    own_id_index& operator=(own_id_index const&) = delete;

    /// Adds the newest event, which has an own id. A broadcast's frame must stay until its id is removed.
    void note(frame const& f);
    /// Removes the oldest. REQUIRES: there is one.
    void forget_oldest() noexcept
    {
        unlink(in_order_.front());
        in_order_.pop_front();
    }
    /// Removes the newest. REQUIRES: there is one.
    void forget_newest() noexcept
    {
        unlink(in_order_.back());
        in_order_.pop_back();
    }

    [[nodiscard]] bool empty() const noexcept { return in_order_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return in_order_.size(); }
    /// The sequence of the oldest event. REQUIRES: there is one.
    [[nodiscard]] std::uint64_t oldest() const noexcept { return in_order_.front().sequence; }
    /// The bytes of memory that the index takes.
    [[nodiscard]] std::size_t bytes() const noexcept { return size() * bytes_each + copied_bytes_; }

    /// The most bytes that an event's id adds.
    [[nodiscard]] static std::size_t most_bytes(frame const& f) noexcept;

    /// The sequence of the earliest event with the id.
    [[nodiscard]] std::optional<std::uint64_t> find(std::string_view id) const;
    /// The sequence of the latest event with the id, up to the sequence `through`, that `accepts` allows. Only the
    /// newest few are examined, so that an id that was used very often costs little; nothing if there is none among
    /// them.
    [[nodiscard]] std::optional<std::uint64_t> find_latest(std::string_view id, std::uint64_t through,
                                                           std::function<bool(std::uint64_t)> const& accepts) const;

private:
    struct key {
        std::string_view id;
        std::uint64_t sequence;

        friend auto operator<=>(key const&, key const&) = default;
    };
    using hook = boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>,
                                                 boost::intrusive::optimize_size<true>>;
    struct noted : hook {
        std::string_view id;
        std::uint64_t sequence = 0;
        std::unique_ptr<char[]> copy;
    };
    struct key_of {
        using type = key;
        key operator()(noted const& n) const noexcept { return {n.id, n.sequence}; }
    };

    /// The allocator's overhead for a block of memory.
    static constexpr std::size_t block_overhead = 16;
    /// Includes its share of the blocks of `in_order_`.
    static constexpr std::size_t bytes_each = sizeof(noted) + sizeof(void*);
    [[nodiscard]] static std::size_t copied_bytes(noted const& n) noexcept
    {
        return n.copy ? n.id.size() + block_overhead : 0;
    }

    void unlink(noted const& n) noexcept;

    std::deque<noted> in_order_;
    boost::intrusive::set<noted, boost::intrusive::key_of_value<key_of>, boost::intrusive::constant_time_size<false>>
        by_id_;
    std::size_t copied_bytes_ = 0;
};

} // namespace sluice
