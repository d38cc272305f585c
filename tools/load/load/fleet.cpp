#include "fleet.hpp"

#include "clock.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace sluice::load {
namespace {

constexpr std::size_t streams_per_source = 5000; // well below the ephemeral ports of one source address

} // namespace

stream& fleet::add(event_group& group)
{
    ++group.streams;
    return streams_.emplace_back(context_, group, static_cast<unsigned>(streams_.size() / streams_per_source));
}

std::chrono::nanoseconds fleet::open(std::chrono::nanoseconds deadline)
{
    const auto& counts = context_.counts;
    const auto start = clock::now();
    while (counts.in(stream_state::live) < size()) {
        connect_some();
        context_.loop.poll(poll_limit);
        const auto live = counts.in(stream_state::live);
        if (counts.in(stream_state::ended) > 0) {
            throw std::runtime_error(
                fmt::format("a stream failed while {} of {} were open: {}", live, size(), counts.first_failure));
        }
        if (live < size() && clock::now() - start > deadline) {
            throw std::runtime_error(fmt::format("only {} of {} streams were ready in time", live, size()));
        }
    }
    return clock::now() - start;
}

void fleet::drop_all()
{
    for (auto& each : streams_) {
        if (each.is(stream_state::live)) {
            each.drop();
        }
    }
}

bool fleet::drain(std::chrono::nanoseconds limit)
{
    const auto deadline = clock::now() + limit;
    std::size_t settled =
        0; // nothing is published meanwhile: what is settled stays so, unless it is closed and comes back
    for (auto now = clock::now(); now < deadline; now = clock::now()) {
        connect_some();
        while (settled < size() && is_settled(streams_[settled])) {
            ++settled;
        }
        const bool is_anyone_underway =
            context_.counts.in(stream_state::connecting) + context_.counts.in(stream_state::away) > 0;
        if (settled == size() && !is_anyone_underway) {
            return true;
        }
        context_.loop.poll(poll_limit);
    }
    for (auto& each : streams_) {
        each.check().give_up();
    }
    return false;
}

bool fleet::is_settled(const stream& which) const
{
    return which.is(stream_state::ended) || !which.is_reading() ||
           (which.is(stream_state::live) && which.check().has_all());
}

void fleet::connect_some()
{
    for (std::size_t looked_at = 0; looked_at < size(); ++looked_at) {
        if (context_.counts.in(stream_state::away) == 0 || !has_room_to_connect()) {
            return;
        }
        auto& candidate = streams_[connect_at_];
        connect_at_ = (connect_at_ + 1) % size();
        if (candidate.is(stream_state::away)) {
            candidate.connect();
        }
    }
}

stream& fleet::next_in_turn()
{
    auto& next = streams_[turn_];
    turn_ = (turn_ + 1) % size();
    return next;
}

std::uint64_t fleet::lost() const
{
    std::uint64_t sum = context_.counts.lost_by_leavers;
    for (const auto& each : streams_) {
        sum += each.check().lost();
    }
    return sum;
}

std::uint64_t fleet::told_lost() const
{
    std::uint64_t sum = 0;
    for (const auto& each : streams_) {
        sum += each.check().told_lost();
    }
    return sum;
}

} // namespace sluice::load
