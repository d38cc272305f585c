#include <sluice/fan_out/gatherer.hpp>

#include <sluice/session/session.hpp>

#include <algorithm>
#include <limits>

namespace sluice {

gatherer::collected gatherer::collect(session const& s, std::uint64_t until, bool replayed, std::size_t limit)
{
    frames_.clear();
    std::size_t bytes = 0;
    collected found{.to = s.at, .full = false};
    s.for_each_after(s.at, until, [&](frame const& f, position behind) {
        frames_.push_back(&f);
        bytes += f.bytes(replayed).size();
        found = {.to = behind, .full = bytes >= limit};
        return !found.full;
    });
    return found;
}

batch_ptr gatherer::gather(session const& s, std::uint64_t until, bool replayed)
{
    bool const whole_log = !s.filtered() && s.targeted.first_after(s.at.sequence) == s.targeted.size();
    batch_cache::key const k{std::max(s.at.ordinal, window_.front()), until, replayed};
    if (whole_log) {
        if (auto shared = batches_.find(k, window_.head())) {
            return shared;
        }
    }
    auto const found = collect(s, until, replayed, batch_bytes);
    if (frames_.empty()) {
        return nullptr;
    }
    if (!whole_log) {
        if (auto same = batches_.find_same(frames_, replayed, found.to)) {
            return same;
        }
    }
    batch_ptr made{new batch{frames_, replayed, found.to}};
    if (whole_log) {
        batches_.store(k, made, found.full || until <= window_.head().sequence);
    } else {
        batches_.store(made);
    }
    return made;
}

batch_ptr gatherer::gather_exactly(session const& s, std::uint64_t until, bool replayed)
{
    auto const found = collect(s, until, replayed, std::numeric_limits<std::size_t>::max());
    return batch_ptr{new batch{frames_, replayed, found.to}};
}

} // namespace sluice
