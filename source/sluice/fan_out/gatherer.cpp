#include <sluice/fan_out/gatherer.hpp>

#include <sluice/session/session.hpp>

#include <limits>

namespace sluice {

bool gatherer::collect(session const& s, std::uint64_t until, bool replayed, std::size_t limit)
{
    frames_.clear();
    std::size_t bytes = 0;
    s.for_each_after(s.at, until, [&](frame const& f) {
        frames_.push_back(&f);
        bytes += f.bytes(replayed).size();
        return bytes < limit;
    });
    return bytes >= limit;
}

batch_ptr gatherer::gather(session const& s, std::uint64_t until, bool replayed)
{
    bool const whole_log = s.interest().is_whole_after(s.at) && s.targeted.first_after(s.at) == s.targeted.size();
    batch_cache::key k{.from = 0, .until = until, .replayed = replayed};
    if (whole_log) {
        auto const first = window_.first_after(s.at);
        if (first == window_.size()) {
            return nullptr;
        }
        k.from = window_.lost() + first;
        if (auto shared = batches_.find(k, window_.newest_broadcast())) {
            return shared;
        }
    }
    bool const is_full = collect(s, until, replayed, batch_bytes);
    if (frames_.empty()) {
        return nullptr;
    }
    if (!whole_log) {
        if (auto same = batches_.find_same(frames_, replayed)) {
            return same;
        }
    }
    batch_ptr made{new batch{frames_, replayed}};
    if (whole_log) {
        batches_.store(k, made, is_full || until <= window_.head());
    } else {
        batches_.store(made);
    }
    return made;
}

batch_ptr gatherer::gather_exactly(session const& s, std::uint64_t until, bool replayed)
{
    (void)collect(s, until, replayed, std::numeric_limits<std::size_t>::max());
    return batch_ptr{new batch{frames_, replayed}};
}

} // namespace sluice
