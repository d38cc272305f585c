#include <sluice/http/h1_writer.hpp>

#include <sluice/http/chunk.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

h1_writer::h1_writer(client& c, broker_config const& config, std::string head, body_framing framing, closer& connection)
    : feed_{c, config}, connection_{connection}, framing_{framing}
{
    own().bytes = std::move(head);
    frame(feed_.next(false).words);
    c.set_output(this);
}

h1_writer::~h1_writer()
{
    auto& c = feed_.subject();
    if (!c.done()) {
        c.end(end_reason::peer_closed);
    }
    c.set_output(nullptr);
}

h1_writer::own_bytes& h1_writer::own()
{
    if (!own_) {
        own_ = std::make_unique<own_bytes>();
    }
    return *own_;
}

void h1_writer::frame(std::string_view words)
{
    auto& out = own();
    out.body += words.size();
    if (framing_ == body_framing::chunked) {
        append_chunk(out.bytes, words);
    } else {
        out.bytes += words;
    }
}

std::string_view h1_writer::framed(batch const& b) const noexcept
{
    return framing_ == body_framing::chunked ? chunk_of(b) : b.payload();
}

std::string_view h1_writer::next()
{
    if (!own_) {
        auto const piece = feed_.next(has_begun_batch());
        if (piece.events != nullptr) {
            return framed(*piece.events).substr(written_);
        }
        if (!piece.words.empty()) {
            frame(piece.words);
        }
        if (ends_body_ && feed_.finished()) {
            own().bytes += last_chunk;
            ends_body_ = false;
        }
    }
    return own_ ? std::string_view{own_->bytes}.substr(written_) : std::string_view{};
}

void h1_writer::consume(std::size_t bytes)
{
    if (bytes == 0) {
        return;
    }
    auto const whole = own_ ? own_->bytes.size() : framed(*feed_.begun()).size();
    written_ += bytes;
    if (written_ != whole) {
        return;
    }
    written_ = 0;
    if (auto const said = std::exchange(own_, nullptr)) {
        feed_.words_written(said->body);
    } else {
        feed_.batch_written();
    }
}

std::string h1_writer::take()
{
    std::string bytes{next().substr(0, most_taken)};
    taken_ = bytes.size();
    return bytes;
}

void h1_writer::taken_written() { consume(std::exchange(taken_, 0)); }

void h1_writer::park() noexcept { feed_.park(has_begun_batch()); }

stream_standing h1_writer::standing() const noexcept
{
    // Bytes that were taken to be written asynchronously are under way; whether the peer takes them is not known yet.
    return {.has_begun = has_begun_batch(), .is_stuck = feed_.subject().is_blocked() && taken_ == 0};
}

/// The bytes that are being written asynchronously do not count: nobody knows whether the peer takes them.
void h1_writer::note_written()
{
    if (auto const* const b = feed_.begun()) {
        auto const payload = b->payload();
        auto const head = static_cast<std::size_t>(payload.data() - framed(*b).data());
        feed_.note_written(written_ <= head ? 0 : std::min(written_ - head, payload.size()));
    }
}

void h1_writer::perform(end_action what)
{
    switch (what) {
    case end_action::note_written:
        note_written();
        break;
    case end_action::finish_batch:
        feed_.finish_batch();
        break;
    case end_action::say_shutdown:
        feed_.say_shutdown();
        break;
    case end_action::say_expired:
        feed_.say_token_expired("expired");
        break;
    case end_action::say_revoked:
        feed_.say_token_expired("revoked");
        break;
    case end_action::say_topic_end:
        feed_.say_topic_end();
        break;
    case end_action::end_body:
        ends_body_ = framing_ == body_framing::chunked;
        break;
    case end_action::fall_silent:
        own_ = nullptr;
        written_ = 0;
        taken_ = 0;
        ends_body_ = false;
        feed_.fall_silent();
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

} // namespace sluice
