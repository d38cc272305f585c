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

/// The broadcasts of one type in a shard's window, so that a session with a filter finds what matches without
/// looking at what does not. Confined to the shard's thread.
class selector : public boost::intrusive_ref_counter<selector, boost::thread_unsafe_counter> {
public:
    /// The text stays where it is for as long as the selector is known, or until the selector shares or keeps it.
    explicit selector(std::string_view type) noexcept : type_{type} {}

    [[nodiscard]] std::string_view type() const noexcept { return type_; }
    /// The type's hash, made once.
    [[nodiscard]] std::size_t hash() const noexcept { return hash_; }
    /// Has a copy of its type's text, unless it has one already.
    void keep_text();
    /// Has its type's text in the frame of its newest broadcast, which stays in the log as long as any of the selector,
    /// in place of a copy.
    void share_text(frame const& newest) noexcept;
    [[nodiscard]] bool has_own_text() const noexcept { return text_ != nullptr; }

    /// Sees to it that the next `append` needs no memory.
    void make_room();
    /// Notes the newest broadcast, by its ordinal in the window.
    void append(std::uint64_t ordinal);
    /// Forgets the oldest broadcast: it has left the log.
    void drop_front() noexcept;

    /// The ordinal of the first broadcast in the log at or after the given one; `none` when there is no such.
    [[nodiscard]] std::uint64_t first_from(std::uint64_t ordinal) const noexcept;
    /// How many broadcasts in the log are at or after the given one.
    [[nodiscard]] std::uint64_t count_from(std::uint64_t ordinal) const noexcept;
    /// How many broadcasts the selector has had in all, while it was known.
    [[nodiscard]] std::uint64_t total() const noexcept { return lost_ + ordinals_.size(); }

    [[nodiscard]] bool has_any() const noexcept { return !ordinals_.empty(); }

    /// Connected clients whose filter has the selector.
    subscription_list subscribers;
    /// Whether the selector has had a broadcast since its subscribers were last woken.
    bool touched = false;

    static constexpr std::uint64_t none = ~std::uint64_t{0};

private:
    /// The index of the first broadcast at or after the given one; their number when there is none.
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
    /// The selector of the type, made when there is none, with a text of its own: for a session's filter, which the
    /// session is charged for.
    [[nodiscard]] selector_ptr get(std::string_view type);
    /// The selector of a frame that becomes the log's newest, made when there is none, with room to `append` it. Its
    /// text is the frame's from then on, but where a session's filter names it. `likely` may be it, and then is not
    /// looked for.
    [[nodiscard]] selector& get(frame const& newest, selector* likely = nullptr);
    /// The selector of the type; null when there is none.
    [[nodiscard]] selector const* find(std::string_view type) const noexcept;
    /// Forgets the selector when nothing but the index and the caller refers to it and it has no broadcast in the log.
    void release(selector_ptr const& t) noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return audience_.size(); }

    /// What one selector in the log costs in the index, in bytes of memory.
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
