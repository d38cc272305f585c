#include <sluice/fan_out/batch.hpp>

#include <algorithm>
#include <cassert>

namespace sluice {

batch::batch(std::span<frame const* const> frames, bool replayed)
    : oldest_{frames.empty() ? decltype(oldest_){} : frames.front()->published()}, replayed_{replayed}
{
    std::size_t payload = 0;
    parts_.reserve(frames.size());
    for (auto const* f : frames) {
        payload += f->bytes(replayed).size();
        parts_.push_back({.sequence = f->sequence(), .end = payload});
    }
    bytes_.reserve(head_room + payload + tail_room);
    bytes_.resize(head_room);
    for (auto const* f : frames) {
        bytes_ += f->bytes(replayed);
    }
    bytes_.resize(bytes_.size() + tail_room);
}

std::size_t batch::whole_within(std::size_t payload_bytes) const noexcept
{
    return static_cast<std::size_t>(std::ranges::upper_bound(parts_, payload_bytes, {}, &part::end) - parts_.begin());
}

void batch::frame_with(std::string_view head, std::string_view tail) const noexcept
{
    assert(head.size() <= head_room && tail.size() <= tail_room);
    auto const size = payload().size();
    char* const begin = bytes_.data() + head_room - head.size();
    std::ranges::copy(head, begin);
    std::ranges::copy(tail, bytes_.data() + head_room + size);
    framed_ = {begin, head.size() + size + tail.size()};
}

batch_ptr batch_cache::find(key const& k, std::uint64_t newest_broadcast) const noexcept
{
    for (auto const& e : entries_) {
        if (e.value && e.made_for == k && (e.complete || e.value->to() == newest_broadcast)) {
            return e.value;
        }
    }
    return nullptr;
}

bool batch::same_as(std::span<frame const* const> frames, bool replayed) const noexcept
{
    return replayed_ == replayed &&
           std::ranges::equal(parts_, frames, {}, &part::sequence, [](frame const* f) { return f->sequence(); });
}

batch_ptr batch_cache::find_same(std::span<frame const* const> frames, bool replayed) const noexcept
{
    for (auto const& r : filtered_) {
        if (r && r->same_as(frames, replayed)) {
            return r;
        }
    }
    return nullptr;
}

void batch_cache::store(batch_ptr r) noexcept
{
    filtered_[next_filtered_] = std::move(r);
    next_filtered_ = (next_filtered_ + 1) % filtered_.size();
}

void batch_cache::store(key const& k, batch_ptr r, bool complete) noexcept
{
    // A batch that has become too short because of a new event is replaced by the longer one.
    for (auto& e : entries_) {
        if (e.value && e.made_for == k) {
            e = {k, std::move(r), complete};
            return;
        }
    }
    entries_[next_] = {k, std::move(r), complete};
    next_ = (next_ + 1) % entries_.size();
}

} // namespace sluice
