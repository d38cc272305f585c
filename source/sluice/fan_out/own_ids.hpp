#pragma once

#include <sluice/event/frame.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string_view>

namespace sluice {

/// The publishers' own ids of the events in a window. The texts stay in the frames, so an id must be forgotten before
/// the window lets go of its event. Confined to the shard's thread.
class own_id_index {
public:
    /// Adds an event, which has an own id. Throws `std::bad_alloc`.
    void note(frame const& f) { places_.insert({.id = f.id(), .sequence = f.sequence()}); }
    /// Removes an event, which has an own id. Does nothing if it was not added.
    void forget(frame const& f) noexcept { places_.erase({.id = f.id(), .sequence = f.sequence()}); }

    /// The sequence of the earliest event with the id.
    [[nodiscard]] std::optional<std::uint64_t> find(std::string_view id) const;
    /// The sequence of the latest event with the id, up to the sequence `through`, that `accepts` allows. Only the
    /// newest few are examined, so that an id that was used very often costs little; nothing if there is none among
    /// them.
    [[nodiscard]] std::optional<std::uint64_t> find_latest(std::string_view id, std::uint64_t through,
                                                           std::function<bool(std::uint64_t)> const& accepts) const;

private:
    struct place {
        std::string_view id;
        std::uint64_t sequence;

        friend auto operator<=>(place const&, place const&) = default;
    };
    std::set<place> places_;

public:
    /// The bytes of memory that one id takes: a node of the set, and the allocator's overhead.
    static constexpr std::size_t bytes_each = sizeof(place) + 4 * sizeof(void*) + 16;
};

} // namespace sluice
