#include <sluice/fan_out/history.hpp>

#include <algorithm>

namespace sluice {

history::history(log_config const& limits, std::uint64_t epoch)
    : max_events_{std::max<std::size_t>(1, limits.max_events)}, max_bytes_{limits.max_bytes}, epoch_{epoch}
{
}

void history::append(shared_frame f)
{
    head_.sequence = f->sequence();
    note_own_id(*f);
    if (f->is_broadcast()) {
        keep(std::move(f));
    }
    // The newest is kept even when it alone is above the bound: the streams have yet to send it.
    while (entries_.size() > max_events_ || (bytes_ > max_bytes_ && entries_.size() > 1)) {
        drop_oldest();
    }
    forget_own_ids();
}

void history::keep(shared_frame f)
{
    if (entries_.full()) {
        entries_.set_capacity(std::min(std::max<std::size_t>(64, 2 * entries_.capacity()), max_events_ + 1));
    }
    auto type = topics_.get(f->type());
    type->append(head_.ordinal);
    bytes_ += f->footprint();
    entries_.push_back({std::move(f), std::move(type)});
    ++head_.ordinal;
}

void history::drop_oldest()
{
    auto oldest = std::move(entries_.front());
    entries_.pop_front();
    bytes_ -= oldest.value->footprint();
    oldest.type->drop_front();
    topics_.release(oldest.type);
    auto const sequence = oldest.value->sequence();
    if (sequence != lost_through_ + 1) {
        lost_densely_after_ = sequence - 1;
    }
    lost_through_ = sequence;
}

void history::note_own_id(frame const& f)
{
    if (f.has_own_id()) {
        own_id_order_.push_back(own_ids_.emplace(f.id(), f.sequence()).first);
    }
}

void history::forget_own_ids()
{
    while (!own_id_order_.empty() &&
           (own_id_order_.front()->second <= lost_through_ || own_id_order_.size() > 2 * max_events_)) {
        own_ids_.erase(own_id_order_.front());
        own_id_order_.pop_front();
    }
}

std::optional<std::uint64_t> history::lost_after(std::uint64_t sequence) const noexcept
{
    if (covers(sequence)) {
        return 0;
    }
    if (sequence >= lost_densely_after_) {
        return lost_through_ - sequence;
    }
    return std::nullopt;
}

position history::position_after(std::uint64_t sequence) const noexcept
{
    auto const next =
        std::upper_bound(entries_.begin(), entries_.end(), sequence,
                         [](std::uint64_t wanted, entry const& e) { return wanted < e.value->sequence(); });
    return {.sequence = sequence, .ordinal = front() + static_cast<std::uint64_t>(next - entries_.begin())};
}

std::optional<std::uint64_t> history::find(std::string_view last_event_id) const
{
    if (auto const id = parse_event_id(last_event_id)) {
        bool const ours = id->hi == epoch_ && id->lo <= head_.sequence;
        return ours ? std::optional{id->lo} : std::nullopt;
    }
    auto const found = own_ids_.lower_bound(std::pair{std::string{last_event_id}, std::uint64_t{0}});
    if (found == own_ids_.end() || found->first != last_event_id) {
        return std::nullopt;
    }
    return found->second;
}

std::optional<std::uint64_t> history::find_latest(std::string_view own_id, std::uint64_t through,
                                                  std::function<bool(std::uint64_t)> const& accepts) const
{
    constexpr int most_tried = 1000;
    auto next = own_ids_.upper_bound(std::pair{std::string{own_id}, through});
    for (int tried = 0; tried != most_tried && next != own_ids_.begin(); ++tried) {
        --next;
        if (next->first != own_id) {
            break;
        }
        if (accepts(next->second)) {
            return next->second;
        }
    }
    return std::nullopt;
}

} // namespace sluice
