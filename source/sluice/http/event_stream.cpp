#include <sluice/http/event_stream.hpp>

#include <sluice/event/control_events.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <utility>

namespace sluice {
namespace {

constexpr std::string_view last_chunk = "0\r\n\r\n";

} // namespace

event_stream::event_stream(client& c, broker_config const& config, std::string head, body_framing framing,
                           closer& connection)
    : client_{c}, config_{config}, connection_{connection}, framing_{framing}
{
    client_.set_owner(this);
    open(std::move(head));
}

event_stream::~event_stream()
{
    if (!client_.done()) {
        client_.end(end_reason::peer_closed);
    }
    client_.set_owner(nullptr);
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
        fmt::format_to(std::back_inserter(out.bytes), "{:x}\r\n{}\r\n", block.size(), block);
    } else {
        out.bytes += block;
    }
}

std::string_view event_stream::framed(batch const& r) const noexcept
{
    return framing_ == body_framing::chunked ? r.chunk() : r.payload();
}

std::string_view event_stream::next()
{
    if (words_) {
        return std::string_view{words_->bytes}.substr(words_->written);
    }
    if (ending_) {
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
    if (std::exchange(batch_taken_, false) && !ending_) {
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

void event_stream::on_end(end_reason reason) noexcept
{
    // Bytes that were taken to be written asynchronously are under way; whether the peer takes them is not known yet.
    bool const is_stuck = client_.is_blocked() && !taken_;
    bool const has_last_words = reason == end_reason::shut_down ||
                                (!is_stuck && (reason == end_reason::disconnected || reason == end_reason::removed));
    ending_ = true;
    try {
        if (batch_written_ != 0) {
            leave_batch(has_last_words);
        }
        if (has_last_words) {
            say_last(reason);
            return;
        }
    } catch (std::bad_alloc const&) { // NOLINT(bugprone-empty-catch)
        // Then there are no last words.
    }
    words_ = nullptr;
    if (reason == end_reason::taken_over) {
        connection_.close();
    } else if (reason != end_reason::peer_closed) {
        connection_.reset();
    }
}

/// Notes what of the begun batch was written; to finish it, what is left of it becomes words of our own.
void event_stream::leave_batch(bool finish)
{
    if (!receive()) {
        return;
    }
    auto const written = payload_written(*batch_);
    client_.count_bytes(written);
    if (finish) {
        words().bytes = framed(*batch_).substr(batch_written_);
        words().body = batch_->payload().size() - written;
    }
    client_.delivered_part(*batch_, written);
    batch_ = nullptr;
    batch_written_ = 0;
}

void event_stream::say_last(end_reason reason)
{
    if (reason == end_reason::shut_down) {
        say(make_shutdown(draw_retry(config_.streams)));
    }
    if (framing_ == body_framing::chunked) {
        words().bytes += last_chunk;
    }
}

void event_stream::on_abort() noexcept
{
    ending_ = true;
    words_ = nullptr;
    connection_.reset();
}

} // namespace sluice
