#include <sluice/fan_out/postings.hpp>

#include <sluice/fan_out/search.hpp>
#include <sluice/fan_out/spare_room.hpp>

namespace sluice {
namespace {

/// The least number of events for which there is room.
constexpr std::size_t least_events = 4;

} // namespace

void postings::make_room() { sluice::make_room(events_, least_events); }

void postings::append(frame const& newest)
{
    make_room();
    events_.push_back({newest.sequence(), &newest});
}

void postings::drop_front() noexcept
{
    events_.pop_front();
    give_back_room(events_, least_events);
}

std::size_t postings::first_after(std::uint64_t sequence) const noexcept
{
    return index_after(sequence, events_.size(), [this](std::size_t i) { return events_[i].sequence; });
}

} // namespace sluice
