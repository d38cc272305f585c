#pragma once

#include <sluice/event/frame.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace sluice {

/// The own id of an event that was written to a session. It is known beyond the event's time in the log, by its hash.
class written_id {
public:
    written_id() = default;
    explicit written_id(frame const& f) : sequence_{f.sequence()}, hash_{f.has_own_id() ? hash_of(f.id()) : 0} {}

    /// Whether it is that of the event with the sequence.
    [[nodiscard]] bool is_of(std::uint64_t sequence) const noexcept { return sequence_ == sequence; }
    [[nodiscard]] bool is(std::string_view id) const noexcept { return hash_ != 0 && hash_ == hash_of(id); }

private:
    [[nodiscard]] static std::size_t hash_of(std::string_view id) noexcept
    {
        return std::hash<std::string_view>{}(id) | 1U;
    }

    std::uint64_t sequence_ = 0;
    std::size_t hash_ = 0; ///< 0: the event has no own id
};

} // namespace sluice
