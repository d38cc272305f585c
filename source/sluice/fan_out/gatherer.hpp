#pragma once

#include <sluice/fan_out/batch.hpp>
#include <sluice/fan_out/window.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice {

class session;

/// Makes the batches that take sessions forward, and returns the same batch for all sessions at the same position.
/// Confined to the shard's thread.
class gatherer {
public:
    explicit gatherer(window const& w) : window_{w} {}

    /// The session's next events up to the sequence `until`, at most about `batch_bytes`; null if there are none.
    [[nodiscard]] batch_ptr gather(session const& s, std::uint64_t until, bool replayed);
    /// The session's next events up to the sequence `until`, however many bytes they are. For making a batch again that
    /// `gather` made before.
    [[nodiscard]] batch_ptr gather_exactly(session const& s, std::uint64_t until, bool replayed);

private:
    /// Fills `frames_`, and returns whether the limit ended it.
    bool collect(session const& s, std::uint64_t until, bool replayed, std::size_t limit);

    window const& window_;
    batch_cache batches_;
    std::vector<frame const*> frames_;
};

} // namespace sluice
