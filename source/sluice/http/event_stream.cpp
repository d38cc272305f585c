#include <sluice/http/event_stream.hpp>

#include <sluice/event/control_events.hpp>
#include <sluice/http/chunk.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

event_stream::event_stream(client& c, broker_config const& config, std::string head, body_framing framing,
                           closer& connection)
    : client_{c}, config_{config}, connection_{connection}, framing_{framing}
{
    client_.set_output(this);
    open(std::move(head));
}

event_stream::~event_stream()
{
    if (!client_.done()) {
        client_.end(end_reason::peer_closed);
    }
    client_.set_output(nullptr);
}

void event_stream::open(std::string head)
{
    auto const& plan = client_.plan();
    auto const& sessions = config_.sessions;
    auto const& s = client_.session();
    auto body = make_connected({.retry = config_.streams.retry,
                                .position = {.hi = s.window().epoch(), .lo = plan.told},
                                .session = s.id(),
                                .handle = client_.handle(),
                                .reconnection = sessions.reconnection,
                                .buffer_size = sessions.reconnection ? sessions.buffer_size : 0,
                                .resumed = client_.resumed(),
                                .reconnections = s.reconnections,
                                .replay = plan.replay,
                                .dropped = plan.dropped});
    if (client_.resumed() && sessions.buffer_size == 0) {
        body += make_no_buffer();
    } else if (plan.dropped != 0) {
        body += make_buffer_overflow(plan.dropped, plan.replay);
    }
    if (plan.replay != 0) {
        body += make_replay_start(plan.replay);
    }
    words().bytes = std::move(head);
    say(body);
}

event_stream::own_words& event_stream::words()
{
    if (!words_) {
        words_ = std::make_unique<own_words>();
    }
    return *words_;
}

void event_stream::say(std::string_view block)
{
    auto& out = words();
    out.body += block.size();
    if (framing_ == body_framing::chunked) {
        append_chunk(out.bytes, block);
    } else {
        out.bytes += block;
    }
}

std::string_view event_stream::framed(batch const& r) const noexcept
{
    return framing_ == body_framing::chunked ? chunk_of(r) : r.payload();
}

std::string_view event_stream::next()
{
    if (words_) {
        return std::string_view{words_->bytes}.substr(words_->written);
    }
    if (client_.ending()) {
        return {};
    }
    if (receive()) {
        return framed(*batch_).substr(batch_written_);
    }
    if (client_.take_heartbeat()) {
        say(make_heartbeat(config_.streams.heartbeat_style, client_.session().last_event_id(),
                           std::chrono::system_clock::now()));
        return words_->bytes;
    }
    return {};
}

bool event_stream::receive()
{
    if (!batch_) {
        batch_ = begun_through_ != 0 ? client_.receive_again(begun_through_, begun_replayed_) : client_.try_receive();
        begun_through_ = 0;
    }
    return batch_ != nullptr;
}

void event_stream::consume(std::size_t bytes)
{
    if (words_) {
        consume_words(bytes);
    } else {
        consume_batch(bytes);
    }
}

std::string event_stream::take()
{
    std::string bytes{next()};
    taken_ = !bytes.empty();
    batch_taken_ = taken_ && !words_;
    if (words_) {
        consume_words(bytes.size());
    }
    return bytes;
}

void event_stream::taken_written()
{
    taken_ = false;
    // When the stream ended meanwhile, what was on its way does not count: the client says what it got.
    if (std::exchange(batch_taken_, false) && !client_.ending()) {
        consume_batch(framed(*batch_).size());
    }
}

void event_stream::consume_words(std::size_t bytes)
{
    words_->written += bytes;
    if (words_->written == words_->bytes.size()) {
        client_.count_bytes(words_->body);
        words_ = nullptr;
    }
}

void event_stream::consume_batch(std::size_t bytes)
{
    batch_written_ += bytes;
    if (batch_written_ != framed(*batch_).size()) {
        return;
    }
    client_.count_bytes(batch_->payload().size());
    client_.delivered(*batch_);
    if (batch_->replayed() && client_.replay_left() == 0) {
        say(make_replay_end());
    }
    batch_ = nullptr;
    batch_written_ = 0;
}

void event_stream::park() noexcept
{
    if (batch_ && batch_written_ != 0) {
        begun_through_ = batch_->to().sequence;
        begun_replayed_ = batch_->replayed();
    }
    batch_ = nullptr;
}

std::size_t event_stream::payload_written(batch const& r) const noexcept
{
    auto const payload = r.payload();
    auto const before = static_cast<std::size_t>(payload.data() - framed(r).data());
    return batch_written_ <= before ? 0 : std::min(batch_written_ - before, payload.size());
}

stream_standing event_stream::standing() const noexcept
{
    // Bytes that were taken to be written asynchronously are under way; whether the peer takes them is not known yet.
    return {.has_begun = batch_written_ != 0, .is_stuck = client_.is_blocked() && !taken_};
}

void event_stream::perform(end_action what)
{
    switch (what) {
    case end_action::note_written:
        note_written();
        break;
    case end_action::finish_batch:
        finish_batch();
        break;
    case end_action::say_shutdown:
        say(make_shutdown(draw_retry(config_.streams)));
        break;
    case end_action::end_body:
        if (framing_ == body_framing::chunked) {
            words().bytes += last_chunk;
        }
        break;
    case end_action::fall_silent:
        fall_silent();
        break;
    case end_action::close:
        connection_.close();
        break;
    case end_action::reset:
        connection_.reset();
        break;
    default: // the client's share
        break;
    }
}

void event_stream::note_written()
{
    if (receive()) {
        auto const written = payload_written(*batch_);
        client_.count_bytes(written);
        client_.delivered_part(*batch_, written);
    }
}

/// What is left of the begun batch becomes words of our own.
void event_stream::finish_batch()
{
    if (batch_) {
        words().bytes = framed(*batch_).substr(batch_written_);
        words().body = batch_->payload().size() - payload_written(*batch_);
        batch_ = nullptr;
        batch_written_ = 0;
    }
}

void event_stream::fall_silent() noexcept
{
    words_ = nullptr;
    batch_ = nullptr;
    batch_written_ = 0;
}

} // namespace sluice
