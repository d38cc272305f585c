#include <sluice/delivery/client.hpp>

#include <sluice/fan_out/shard.hpp>

#include <algorithm>
#include <new>

namespace sluice {

client::client(std::shared_ptr<shard> home, session_ptr s, replay_plan const& plan, arrival how)
    : follower{std::move(s)},
      shard_{std::move(home)},
      plan_{std::make_unique<replay_plan const>(plan)},
      replay_until_{plan.until},
      how_{how}
{
    subscribe();
    shard_->count_in(*this);
    // Nothing from here on needs memory.
    replay_left_ = plan.replay;
    ends_behind_ = plan.ends_behind;
    // Something is passed over, or was not written here, because the client has it from elsewhere.
    bool const passes_over = plan.from > session_->at && (plan.dropped != 0 || plan.told > session_->at);
    if (passes_over || plan.from < session_->written_after) {
        session_->written_after = plan.from;
    }
    session_->at = plan.from;
    // What was lost in front of the replay is told now; what is missing within it has to be told again to a client that
    // comes back with a last id from before it.
    bool const lost_within = plan.dropped != 0 && session_->targeted.lost_through() > plan.from;
    session_->unwritten_lost = lost_within ? std::nullopt : std::optional<std::uint64_t>{0};
    // What is passed over now is told as lost; should this notice not arrive, the client's last id asks for it again.
    session_->last_written = plan.dropped == 0 ? std::min(plan.told, plan.from) : plan.from;
    shard_->attach(*this);
    shard_->moved(*session_);
}

client::~client()
{
    end(end_reason::peer_closed);
    shard_->forget(*this);
}

std::string client::handle() const { return shard_->reports().handle_of(*session_); }

batch_ptr client::try_receive()
{
    told_ = true;
    if (done() || (is_at_head() && !comes_to_end())) {
        return nullptr;
    }
    bool const replaying = replay_left_ != 0;
    auto const until = std::min(ends_behind_, replaying ? replay_until_ : no_end);
    auto next = session_->at < until ? shard_->gatherer().gather(*session_, until, replaying) : nullptr;
    if (!next && comes_to_end()) {
        // Nothing more passes up to there.
        session_->at = std::max(session_->at, ends_behind_);
        end(end_reason::topic_closed);
    }
    return next;
}

batch_ptr client::receive_again(std::uint64_t last_sequence, bool replayed)
{
    if (!shard_->window().covers(session_->at) || session_->targeted.lost_through() > session_->at) {
        return nullptr;
    }
    return shard_->gatherer().gather_exactly(*session_, last_sequence, replayed);
}

batch_ptr client::receive_or_end()
{
    try {
        return try_receive();
    } catch (std::bad_alloc const&) {
        end(end_reason::no_memory);
        return nullptr;
    }
}

void client::delivered(batch const& r)
{
    if (done()) {
        // The session may have gone on with another connection: its position is not this client's any more.
        return;
    }
    session_->at = r.to();
    session_->last_written = r.to();
    shard_->moved(*session_);
    if (r.replayed()) {
        replay_left_ -= r.events();
    } else {
        shard_->on_written(r.oldest());
    }
    count_events(r.events());
}

void client::delivered_part(batch const& r, std::size_t payload_bytes)
{
    if (auto const whole = r.whole_within(payload_bytes); whole != 0) {
        session_->at = r.sequence_at(whole - 1);
        session_->last_written = session_->at;
        shard_->moved(*session_);
        count_events(whole);
    }
}

void client::count_events(std::uint64_t events) noexcept
{
    events_ += events;
    shard_->reports().counters()[counted::events_delivered].add(events);
}

void client::count_bytes(std::size_t bytes) noexcept
{
    bytes_ += bytes;
    shard_->reports().counters()[counted::bytes_delivered].add(bytes);
}

void client::begin_waiting()
{
    told_ = true;
    plan_ = nullptr;
    if (!done()) {
        session_->at = shard_->window().head();
        shard_->rest(*this);
    }
}

void client::acknowledge()
{
    if (auto const r = std::exchange(received_, nullptr)) {
        delivered(*r);
    }
}

/// The client does not know of what its plan passed over: for the session, the connection has not been. But it has said
/// what it lacks: behind its last id the filter, which may be another now, may want what the older one passed over.
void client::take_back_plan() noexcept
{
    auto const& before = plan_->before;
    session_->at = std::min(before.at, plan_->told);
    // The filter may be another than the one by which nothing matched between the last that was written and here.
    session_->last_written = session_->at;
    session_->written_after = before.written_after;
    session_->unwritten_lost = before.unwritten_lost;
    auto const lost_through = session_->targeted.lost_through();
    if (lost_through != before.targeted_lost_through || (session_->at != before.at && lost_through > session_->at)) {
        // What gave way meanwhile counted as passed.
        session_->unwritten_lost.reset();
    }
    shard_->moved(*session_);
}

void client::blocked()
{
    blocked_ = true;
    shard_->blocked(*this);
}

void client::unblocked() noexcept
{
    blocked_ = false;
    unlink();
}

void client::end(end_reason reason)
{
    auto const standing = output_ == nullptr ? stream_standing{} : output_->standing();
    // The last action may destroy the client.
    for (auto const what : end_.begin(reason, standing)) {
        carry_out(what, reason);
    }
}

void client::abort() noexcept
{
    for (auto const what : stream_end::cut_off()) {
        perform(what);
    }
}

void client::carry_out(end_action what, end_reason why)
{
    switch (what) {
    case end_action::settle:
        settle(shard_->settled());
        break;
    case end_action::let_go: {
        if (!told_ && output_ != nullptr) {
            take_back_plan();
        }
        subscriptions_ = nullptr;
        auto const lasted = std::chrono::steady_clock::now() - opened_;
        shard_->reports().stream_ended(*session_,
                                       {.reason = why, .lasted = lasted, .events = events_, .bytes = bytes_});
        shard_->detach(*this);
        break;
    }
    case end_action::resume:
        channel_.end(why);
        break;
    default:
        perform(what);
    }
}

/// Has the output do its share. Where memory is too short for the last words there are none.
void client::perform(end_action what) noexcept
{
    if (output_ == nullptr) {
        return;
    }
    try {
        output_->perform(what);
    } catch (std::bad_alloc const&) {
        for (auto const instead : stream_end::cut_off()) {
            output_->perform(instead);
        }
    }
}

} // namespace sluice
