#pragma once

#include <sluice/fan_out/selector.hpp>

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace sluice {

/// The selectors of a shard for types, or for topics: those that have a broadcast in the log, and those that a
/// session's interest names. Confined to the shard's thread.
class selector_index {
public:
    /// The selector with the name, of which it has its own copy; it is made if there is none. For the interest of a
    /// session, to which its memory is charged.
    [[nodiscard]] selector_ptr get(std::string_view name);
    /// The selector of a frame that becomes the log's newest, which has the name in it, with room to `append` it; it is
    /// made if there is none. If `likely` is the right one, no look-up is needed.
    [[nodiscard]] selector& get_for_newest(std::string_view name, selector* likely = nullptr);
    /// A broadcast has left the log that had not been let go.
    void note_lost(std::uint64_t sequence) noexcept { lost_through_ = sequence; }
    /// The selector with the name; null if there is none.
    [[nodiscard]] selector* find(std::string_view name) const noexcept;
    /// Calls `f(selector&)` for each.
    template <class F>
    void for_each(F f) const
    {
        for (auto const& s : all_) {
            f(*s);
        }
    }
    /// Removes the selector if only the index and the caller refer to it and it has no broadcast in the log.
    void release(selector_ptr const& s) noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }

    /// The bytes of memory that one selector takes in the index.
    static constexpr std::size_t bytes_each = sizeof(selector) + 6 * sizeof(void*);

private:
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const noexcept { return std::hash<std::string_view>{}(name); }
        std::size_t operator()(selector_ptr const& s) const noexcept { return s->hash(); }
    };
    struct equal {
        using is_transparent = void;
        bool operator()(selector_ptr const& a, selector_ptr const& b) const noexcept { return a == b; }
        bool operator()(std::string_view name, selector_ptr const& s) const noexcept { return name == s->name(); }
        bool operator()(selector_ptr const& s, std::string_view name) const noexcept { return name == s->name(); }
    };
    boost::unordered_flat_set<selector_ptr, hash, equal> all_;
    std::uint64_t lost_through_ = 0;
};

} // namespace sluice
