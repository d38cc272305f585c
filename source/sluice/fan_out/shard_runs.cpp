#include <sluice/fan_out/shard.hpp>

#include <algorithm>
#include <limits>

namespace sluice {

shard::collected shard::collect(session const& s, std::uint64_t until, bool replayed, std::size_t limit)
{
    scratch_.clear();
    std::size_t bytes = 0;
    collected found{.to = s.at, .full = false};
    s.for_each_after(s.at, until, [&](frame const& f, position behind) {
        scratch_.push_back(&f);
        bytes += f.bytes(replayed).size();
        found = {.to = behind, .full = bytes >= limit};
        return !found.full;
    });
    return found;
}

run_ptr shard::gather(session const& s, std::uint64_t until, bool replayed)
{
    bool const whole_log = !s.filtered() && s.targeted.first_after(s.at.sequence) == s.targeted.size();
    run_cache::key const k{std::max(s.at.ordinal, log_.front()), until, replayed};
    if (whole_log) {
        if (auto shared = runs_.find(k, log_.head())) {
            return shared;
        }
    }
    auto const found = collect(s, until, replayed, run_bytes);
    if (scratch_.empty()) {
        return nullptr;
    }
    if (!whole_log) {
        if (auto same = runs_.find_same(scratch_, replayed, found.to)) {
            return same;
        }
    }
    run_ptr made{new run{scratch_, replayed, found.to}};
    if (whole_log) {
        runs_.store(k, made, found.full || until <= log_.head().sequence);
    } else {
        runs_.store(made);
    }
    return made;
}

run_ptr shard::gather_exactly(session const& s, std::uint64_t until, bool replayed)
{
    auto const found = collect(s, until, replayed, std::numeric_limits<std::size_t>::max());
    return run_ptr{new run{scratch_, replayed, found.to}};
}

} // namespace sluice
