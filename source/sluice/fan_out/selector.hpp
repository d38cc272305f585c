#pragma once

#include <sluice/event/frame.hpp>

#include <boost/circular_buffer.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace sluice {

class follower;
class selector;
using selector_ptr = boost::intrusive_ptr<selector>;

/// A connection's interest in a selector.
struct subscription : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    explicit subscription(follower& f) : subscriber{f} {}
    follower& subscriber;
};
using subscription_list = boost::intrusive::list<subscription, boost::intrusive::constant_time_size<false>>;

/// The broadcasts of one type in a shard's window. With it a session with a filter finds what matches without visiting
/// what does not. Confined to the shard's thread.
class selector : public boost::intrusive_ref_counter<selector, boost::thread_unsafe_counter> {
public:
    /// The text must stay valid while the selector is known, or until the selector shares or copies it.
    explicit selector(std::string_view type) noexcept : type_{type} {}

    [[nodiscard]] std::string_view type() const noexcept { return type_; }
    /// The type's hash, computed once.
    [[nodiscard]] std::size_t hash() const noexcept { return hash_; }
    /// Makes a copy of its type's text, unless it has one already.
    void keep_text();
    /// Refers to its type's text in the frame of its newest broadcast, instead of a copy. This frame stays in the log
    /// at least as long as any other of the selector.
    void share_text(frame const& newest) noexcept;
    [[nodiscard]] bool has_own_text() const noexcept { return text_ != nullptr; }

    /// Makes sure that the next `append` allocates nothing.
    void make_room();
    /// Adds the newest broadcast, by its ordinal in the window.
    void append(std::uint64_t ordinal);
    /// Removes the oldest broadcast, which has left the log.
    void drop_front() noexcept;

    /// The ordinal of the first broadcast in the log at or after the given one; `none` if there is none.
    [[nodiscard]] std::uint64_t first_from(std::uint64_t ordinal) const noexcept;
    /// How many broadcasts in the log are at or after the given one.
    [[nodiscard]] std::uint64_t count_from(std::uint64_t ordinal) const noexcept;
    /// How many broadcasts the selector has had in all since it is known.
    [[nodiscard]] std::uint64_t total() const noexcept { return lost_ + ordinals_.size(); }

    [[nodiscard]] bool has_any() const noexcept { return !ordinals_.empty(); }

    /// Connected clients whose filter has the selector.
    subscription_list subscribers;
    /// Whether the selector has had a broadcast since its subscribers were last woken.
    bool touched = false;

    static constexpr std::uint64_t none = ~std::uint64_t{0};

private:
    /// The index of the first broadcast at or after the given one; the number of broadcasts if there is none.
    [[nodiscard]] std::size_t index_from(std::uint64_t ordinal) const noexcept;

    std::string_view type_;
    /// The copy, if `type_` is in one.
    std::unique_ptr<char[]> text_;
    std::size_t hash_ = std::hash<std::string_view>{}(type_);
    boost::circular_buffer<std::uint64_t> ordinals_;
    std::uint64_t lost_ = 0;
};

/// The selectors of a shard: those that have a broadcast in the log, and those that a session's filter names.
class audience_index {
public:
    /// The selector of the type, with a text of its own; it is made if there is none. For the filter of a session, to
    /// which its memory is charged.
    [[nodiscard]] selector_ptr get(std::string_view type);
    /// The selector of a frame that becomes the log's newest, with room to `append` it; it is made if there is none.
    /// From then on it refers to the frame's text, unless a session's filter names it. If `likely` is the right one, no
    /// look-up is needed.
    [[nodiscard]] selector& get(frame const& newest, selector* likely = nullptr);
    /// The selector of the type; null if there is none.
    [[nodiscard]] selector const* find(std::string_view type) const noexcept;
    /// Removes the selector if only the index and the caller refer to it and it has no broadcast in the log.
    void release(selector_ptr const& t) noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return audience_.size(); }

    /// The bytes of memory that one selector takes in the index.
    static constexpr std::size_t bytes_each = sizeof(selector) + 6 * sizeof(void*);

private:
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view type) const noexcept { return std::hash<std::string_view>{}(type); }
        std::size_t operator()(selector_ptr const& t) const noexcept { return t->hash(); }
    };
    struct equal {
        using is_transparent = void;
        bool operator()(selector_ptr const& a, selector_ptr const& b) const noexcept { return a == b; }
        bool operator()(std::string_view type, selector_ptr const& t) const noexcept { return type == t->type(); }
        bool operator()(selector_ptr const& t, std::string_view type) const noexcept { return type == t->type(); }
    };
    boost::unordered_flat_set<selector_ptr, hash, equal> audience_;
};

} // namespace sluice
