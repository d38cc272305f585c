#include <sluice/delivery/feed.hpp>

#include <sluice/event/control_events.hpp>

#include <utility>

namespace sluice {

feed::feed(client& c, broker_config const& config) : client_{c}, config_{config} { open(); }

void feed::open()
{
    if (!has_control_events()) {
        say(make_comment()); // the body begins at once, whatever waits for it on the way
        return;
    }
    auto const& plan = client_.plan();
    auto const& sessions = config_.sessions;
    auto const& s = client_.session();
    say(make_connected({.retry = config_.streams.retry,
                        .position = {.hi = s.window().epoch(), .lo = plan.told},
                        .session = s.id(),
                        .handle = client_.handle(),
                        .reconnection = sessions.reconnection,
                        .buffer_size = sessions.reconnection ? sessions.buffer_size : 0,
                        .resumed = client_.resumed(),
                        .reconnections = s.reconnections,
                        .replay = plan.replay,
                        .dropped = plan.dropped}));
    if (client_.resumed() && sessions.buffer_size == 0) {
        say(make_no_buffer());
    } else if (plan.dropped != 0) {
        say(make_buffer_overflow(plan.dropped, plan.replay));
    }
    if (plan.replay != 0) {
        say(make_replay_start(plan.replay));
    }
}

void feed::say(std::string_view block)
{
    if (!words_) {
        words_ = std::make_unique<std::string>();
    }
    *words_ += block;
}

/// Says a control event, on a stream that has them.
void feed::tell(std::string_view control_event)
{
    if (has_control_events()) {
        say(control_event);
    }
}

feed::piece feed::next(bool has_begun)
{
    if (!has_begun && words_) {
        return take_words();
    }
    if (finishes_batch_ || (!client_.ending() && receive())) {
        return {.events = batch_.get()};
    }
    if (!has_begun && words_) { // to receive may have brought the stream to its end
        return take_words();
    }
    if (!client_.ending() && client_.take_heartbeat()) {
        auto const style = has_control_events() ? config_.streams.heartbeat_style : heartbeat_style::comment;
        return {.words = make_heartbeat(style, client_.session().last_event_id(), std::chrono::system_clock::now())};
    }
    return {};
}

feed::piece feed::take_words() { return {.words = std::move(*std::exchange(words_, nullptr))}; }

bool feed::receive()
{
    if (!batch_) {
        batch_ = begun_through_ != 0 ? client_.receive_again(begun_through_, begun_replayed_) : client_.try_receive();
        begun_through_ = 0;
    }
    return batch_ != nullptr;
}

void feed::batch_written()
{
    client_.count_bytes(batch_->payload().size() - std::exchange(counted_, 0));
    if (std::exchange(finishes_batch_, false)) {
        // Whether the peer got it is not known any more: its last id says so.
        batch_ = nullptr;
        return;
    }
    client_.delivered(*batch_);
    bool const was_last_replayed = batch_->replayed() && client_.replay_left() == 0;
    batch_ = nullptr;
    if (was_last_replayed) {
        tell(make_replay_end());
    }
}

void feed::park(bool has_begun) noexcept
{
    if (batch_ && has_begun) {
        begun_through_ = batch_->to();
        begun_replayed_ = batch_->replayed();
    }
    batch_ = nullptr;
}

void feed::note_written(std::size_t payload_bytes)
{
    counted_ = payload_bytes;
    client_.count_bytes(payload_bytes);
    client_.delivered_part(*batch_, payload_bytes);
}

void feed::say_shutdown()
{
    auto const retry = draw_retry(config_.streams);
    say(has_control_events() ? make_shutdown(retry) : make_retry(retry));
}

void feed::say_token_expired(std::string_view reason) { tell(make_token_expired(reason)); }

void feed::say_topic_end()
{
    if (!has_control_events()) {
        return;
    }
    auto const& s = client_.session();
    auto const* const topic = s.interest().only_topic();
    // A client that was not written the topic's last event, because of its types or its grant, would come back again
    // and again with an older id.
    if (s.last_written < s.window().end_of(topic) && config_.streams.heartbeat_style == heartbeat_style::event) {
        say(make_heartbeat(heartbeat_style::event, s.last_event_id(), std::chrono::system_clock::now()));
    }
    say(make_topic_end(topic->name()));
}

void feed::fall_silent() noexcept
{
    words_ = nullptr;
    batch_ = nullptr;
    finishes_batch_ = false;
}

} // namespace sluice
