#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::load {

/// A block of an event stream that was read and checked whole once.
struct known_block {
    static constexpr std::uint64_t none = UINT64_MAX;

    std::uint64_t sequence = none;
    std::uint64_t due_ns = 0;
    std::string text; ///< with the empty line that ends it
    std::string id;   ///< the last event id behind it
};

/// The blocks of a group's last events, as one of its streams got them. On the others the same bytes mean the same, so
/// that one comparison takes the place of reading them: this program has to keep up with the fan-out of a server.
class known_blocks {
public:
    /// Keeps about `count` of them.
    explicit known_blocks(std::size_t count);

    /// Nothing when it is not known, or no more.
    const known_block* find(std::uint64_t sequence) const
    {
        const auto& found = ring_[sequence & (ring_.size() - 1)];
        return found.sequence == sequence && sequence != known_block::none ? &found : nullptr;
    }

    /// Ignored for a block that is known already, that was not read in one piece, or is large.
    void remember(std::uint64_t sequence, std::uint64_t due_ns, std::string_view text, std::string_view id);

private:
    std::vector<known_block> ring_; ///< its size is a power of two
};

} // namespace sluice::load
