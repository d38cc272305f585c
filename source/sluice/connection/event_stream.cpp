#include <sluice/connection/event_stream.hpp>

#include <sluice/connection/control_events.hpp>

#include <fmt/format.h>

#include <algorithm>
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
        client_.end(errc::peer_closed);
    }
    client_.set_owner(nullptr);
}

void event_stream::open(std::string head)
{
    auto const& plan = client_.plan();
    auto const& sessions = config_.sessions;
    auto const& s = client_.session();
    auto body = make_opening(config_.streams.retry, {.hi = s.log().epoch(), .lo = plan.told});
    body += make_connected({.session = s.id(),
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
    words_ = std::move(head);
    say(body);
}

void event_stream::say(std::string_view block)
{
    words_body_ += block.size();
    if (framing_ == body_framing::chunked) {
        fmt::format_to(std::back_inserter(words_), "{:x}\r\n{}\r\n", block.size(), block);
    } else {
        words_ += block;
    }
}

std::string_view event_stream::framed(run const& r) const noexcept
{
    return framing_ == body_framing::chunked ? r.chunk() : r.payload();
}

std::string_view event_stream::next()
{
    if (!words_.empty()) {
        return std::string_view{words_}.substr(words_written_);
    }
    if (ending_) {
        return {};
    }
    if (receive()) {
        return framed(*run_).substr(run_written_);
    }
    if (client_.take_heartbeat()) {
        say(make_heartbeat(config_.streams.heartbeat_style, client_.session().last_event_id(),
                           std::chrono::system_clock::now()));
        return words_;
    }
    return {};
}

bool event_stream::receive()
{
    if (!run_) {
        run_ = begun_ ? client_.receive_again(begun_->last_sequence, begun_->replayed) : client_.try_receive();
        begun_.reset();
    }
    return run_ != nullptr;
}

void event_stream::consume(std::size_t bytes)
{
    if (words_.empty()) {
        consume_run(bytes);
    } else {
        consume_words(bytes);
    }
}

std::string event_stream::take()
{
    std::string bytes{next()};
    if (words_.empty()) {
        run_taken_ = !bytes.empty();
    } else {
        consume_words(bytes.size());
    }
    return bytes;
}

void event_stream::taken_written()
{
    // When the stream ended meanwhile, what was on its way does not count: the client says what it got.
    if (std::exchange(run_taken_, false) && !ending_) {
        consume_run(framed(*run_).size());
    }
}

void event_stream::consume_words(std::size_t bytes)
{
    words_written_ += bytes;
    if (words_written_ == words_.size()) {
        client_.count_bytes(words_body_);
        forget_words();
    }
}

void event_stream::forget_words() noexcept
{
    // Not only emptied: an idle stream keeps no memory for what it once said.
    std::string{}.swap(words_);
    words_body_ = 0;
    words_written_ = 0;
}

void event_stream::consume_run(std::size_t bytes)
{
    run_written_ += bytes;
    if (run_written_ != framed(*run_).size()) {
        return;
    }
    client_.count_bytes(run_->payload().size());
    client_.delivered(*run_);
    if (run_->replayed() && client_.replay_left() == 0) {
        say(make_replay_end());
    }
    run_ = nullptr;
    run_written_ = 0;
}

void event_stream::park() noexcept
{
    if (run_ && run_written_ != 0) {
        begun_ = {.last_sequence = run_->to().sequence, .replayed = run_->replayed()};
    }
    run_ = nullptr;
}

std::size_t event_stream::payload_written(run const& r) const noexcept
{
    auto const payload = r.payload();
    auto const before = static_cast<std::size_t>(payload.data() - framed(r).data());
    return run_written_ <= before ? 0 : std::min(run_written_ - before, payload.size());
}

void event_stream::on_end(error_code reason) noexcept
{
    bool const has_last_words =
        reason == errc::shut_down || (!client_.is_blocked() && reason != errc::peer_closed &&
                                      reason != errc::taken_over && reason != errc::slow_consumer);
    if (run_written_ != 0) {
        leave_run(has_last_words);
    }
    ending_ = true;
    if (has_last_words) {
        say_last(reason);
        return;
    }
    forget_words();
    if (reason == errc::taken_over) {
        connection_.close();
    } else if (reason != errc::peer_closed) {
        connection_.reset();
    }
}

/// Notes what of the begun run was written; to finish it, what is left of it becomes words of our own.
void event_stream::leave_run(bool finish)
{
    if (!receive()) {
        return;
    }
    auto const written = payload_written(*run_);
    client_.count_bytes(written);
    if (finish) {
        words_ = framed(*run_).substr(run_written_);
        words_body_ = run_->payload().size() - written;
    }
    client_.delivered_part(*run_, written);
    run_ = nullptr;
    run_written_ = 0;
}

void event_stream::say_last(error_code reason)
{
    if (reason == errc::shut_down) {
        say(make_shutdown(draw_retry(config_.streams)));
    }
    if (framing_ == body_framing::chunked) {
        words_ += last_chunk;
    }
}

void event_stream::on_abort() noexcept
{
    ending_ = true;
    forget_words();
    connection_.reset();
}

} // namespace sluice
