#include <sluice/fan_out/window.hpp>

#include <sluice/fan_out/spare_room.hpp>
#include <sluice/undo.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace sluice {
namespace {

/// The least number of events for which a window has room.
constexpr std::size_t least_entries = 64;

} // namespace

window::window(log_config const& limits, std::uint64_t epoch, std::size_t shards)
    : max_events_{std::max<std::size_t>(1, limits.max_events)},
      max_bytes_{limits.max_bytes},
      epoch_{epoch},
      shards_{shards}
{
}

void window::append(shared_frame f) noexcept
{
    for (bool is_last_try = false;;) {
        try {
            add(f);
            break;
        } catch (std::bad_alloc const&) {
            ++shortages_;
            if (is_last_try) {
                give_way(*f);
                break;
            }
            drop_older_half();
            is_last_try = entries_.empty() && own_ids_.empty();
        }
    }
    enforce_limits();
}

void window::drop_older_half() noexcept
{
    for (auto const left = entries_.size() / 2; entries_.size() > left;) {
        drop_oldest();
    }
    for (auto const left = own_ids_.size() / 2; own_ids_.size() > left;) {
        own_ids_.forget_oldest();
    }
}

/// Adds the event; if it throws, nothing changes.
void window::add(shared_frame& f)
{
    auto const sequence = f->sequence();
    if (f->is_broadcast()) {
        make_room();
    }
    bool const has_own_id = f->has_own_id();
    if (has_own_id) {
        own_ids_.note(*f);
    }
    undo noted{[&] {
        if (has_own_id) {
            own_ids_.forget_newest();
        }
    }};
    if (f->is_broadcast()) {
        keep(f);
    }
    noted.keep();
    head_.sequence = sequence;
}

void window::make_room()
{
    if (entries_.full()) {
        entries_.set_capacity(std::min(std::max(least_entries, 2 * entries_.capacity()), max_events_ + 1));
    }
}

void window::keep(shared_frame& f)
{
    // Events of one type often follow each other.
    auto& type = audience_.get(*f, entries_.empty() ? nullptr : entries_.back().type);
    if (!type.has_any()) {
        ++selectors_held_;
    }
    type.append(head_.ordinal);
    frame_bytes_ += f->footprint();
    entries_.push_back({std::move(f), &type});
    ++head_.ordinal;
}

/// Gives up the event itself.
void window::give_way(frame const& f) noexcept
{
    head_.sequence = f.sequence();
    if (f.is_broadcast()) {
        ++head_.ordinal;
        note_lost(f.sequence());
    }
}

/// Removes the oldest, whether it is a broadcast or the id of a targeted event. The newest broadcast is kept even if it
/// alone exceeds the bound, because streams have yet to send it.
void window::enforce_limits() noexcept
{
    while (entries_.size() > max_events_) {
        drop_oldest();
    }
    while (own_ids_.size() > 2 * max_events_) {
        own_ids_.forget_oldest();
    }
    while (bytes() > max_bytes_ && (entries_.size() > 1 || own_ids_.size() > 1)) {
        bool const is_event =
            entries_.size() > 1 && (own_ids_.empty() || own_ids_.oldest() >= entries_.front().value->sequence());
        if (is_event) {
            drop_oldest();
        } else {
            own_ids_.forget_oldest();
        }
    }
}

void window::drop_oldest() noexcept
{
    // Kept until the end, because its selector and its id may refer to texts in it.
    auto const oldest = std::move(entries_.front());
    entries_.pop_front();
    give_back_room(entries_, least_entries);
    frame_bytes_ -= oldest.value->footprint();
    oldest.type->drop_front();
    if (!oldest.type->has_any()) {
        --selectors_held_;
        audience_.release(selector_ptr{oldest.type});
    }
    note_lost(oldest.value->sequence());
}

void window::note_lost(std::uint64_t sequence) noexcept
{
    if (sequence != lost_through_ + 1) {
        lost_densely_after_ = sequence - 1;
    }
    lost_through_ = sequence;
    while (!own_ids_.empty() && own_ids_.oldest() <= sequence) {
        own_ids_.forget_oldest();
    }
}

std::size_t window::most_bytes(frame const& f) const noexcept
{
    auto const own_id = f.has_own_id() ? own_id_index::most_bytes(f) : 0;
    return f.footprint() + shards_ * (index_bytes_each + audience_index::bytes_each + own_id);
}

std::optional<std::uint64_t> window::lost_after(std::uint64_t sequence) const noexcept
{
    if (covers(sequence)) {
        return 0;
    }
    if (sequence >= lost_densely_after_) {
        return lost_through_ - sequence;
    }
    return std::nullopt;
}

position window::position_after(std::uint64_t sequence) const noexcept
{
    auto const next =
        std::upper_bound(entries_.begin(), entries_.end(), sequence,
                         [](std::uint64_t wanted, entry const& e) { return wanted < e.value->sequence(); });
    return {.sequence = sequence, .ordinal = front() + static_cast<std::uint64_t>(next - entries_.begin())};
}

std::optional<std::uint64_t> window::find(std::string_view last_event_id) const
{
    if (auto const id = parse_event_id(last_event_id)) {
        bool const ours = id->hi == epoch_ && id->lo <= head_.sequence;
        return ours ? std::optional{id->lo} : std::nullopt;
    }
    return own_ids_.find(last_event_id);
}

} // namespace sluice
