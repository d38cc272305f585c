#include "delivery_check.hpp"

#include "loss_notice.hpp"

namespace sluice::load {

void delivery_check::take_known(stream_reader& reader, std::string_view& bytes, std::uint64_t now_ns)
{
    const known_block* last = nullptr;
    for (const auto* next = group_.known.find(tracker_.next()); next != nullptr && reader.take_known(bytes, next->text);
         next = group_.known.find(tracker_.next())) {
        tracker_.accept(next->sequence);
        on_delivery(next->due_ns, now_ns);
        last = next;
    }
    if (last != nullptr) {
        reader.set_last_event_id(last->id);
    }
}

void delivery_check::on_event(const received_event& event, const stream_reader& reader, std::uint64_t now_ns)
{
    const auto data = group_.around_data.open(event.data);
    if (!data) {
        return; // the server's own, as a greeting
    }
    const auto got = group_.payload.read(*data);
    if (!got || got->sequence >= group_.published) {
        ++counts_.unexpected;
        return;
    }
    switch (tracker_.accept(got->sequence)) {
    case arrival::duplicate:
        ++counts_.duplicated;
        return;
    case arrival::misordered:
        ++counts_.misordered;
        break;
    case arrival::in_order:
        group_.known.remember(got->sequence, got->due_ns, event.block, reader.last_event_id());
        break;
    }
    on_delivery(got->due_ns, now_ns);
}

void delivery_check::on_delivery(std::uint64_t due_ns, std::uint64_t now_ns)
{
    ++counts_.delivered;
    if (due_ns >= counts_.measured_from_ns && is_timed_) {
        counts_.latency.record(now_ns > due_ns ? now_ns - due_ns : 0);
    }
}

void delivery_check::on_loss_event(std::string_view data)
{
    if (const auto dropped = dropped_by(data)) {
        tracker_.on_told(*dropped);
    } else {
        tracker_.on_told_unknown();
    }
}

void delivery_check::start_over()
{
    counts_.lost_by_leavers += tracker_.lost(tracker_.next());
    tracker_.join();
}

std::uint64_t delivery_check::behind() const
{
    return group_.published > tracker_.next() ? group_.published - tracker_.next() : 0;
}

} // namespace sluice::load
