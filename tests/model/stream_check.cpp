#include "stream_check.hpp"

#include "failure.hpp"
#include "memory_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

namespace sluice::model {
namespace {

[[nodiscard]] long long wall_seconds()
{
    return static_cast<long long>(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
}

} // namespace

stream_check::stream_check(reference const& events, settings const& s, opening o)
    : events_{events},
      settings_{s},
      opening_{std::move(o)},
      session_{opening_.session},
      ends_behind_{opening_.ends_behind}
{
}

void stream_check::read(wire const& w)
{
    reader_.read(w.taken());
    while (auto const b = reader_.next()) {
        on_block(*b);
    }
    note_acknowledged(w);
}

void stream_check::on_block(block const& b)
{
    switch (phase_) {
    case phase::connected:
        return on_connected(b);
    case phase::told:
        return on_told(b);
    case phase::replay:
        return on_replayed(b);
    case phase::replay_end:
        if (b.text != "event: replay-end\ndata: {}\n\n") {
            throw failure{"no replay-end, but\n" + b.text};
        }
        phase_ = phase::live;
        return;
    case phase::live:
        return on_live(b);
    case phase::topic_ended:
    case phase::shut_down:
        break;
    }
    throw failure{"behind the last block comes\n" + b.text};
}

void stream_check::check_head() const
{
    auto const cookie = reader_.field("Set-Cookie");
    auto const wanted =
        fmt::format("sse-session-id={}; Path=/; HttpOnly; SameSite=Strict; Max-Age=86400", session_->id);
    bool const is_right = reader_.head().starts_with("HTTP/1.1 200 OK\r\n") &&
                          reader_.field("Content-Type") == "text/event-stream" &&
                          reader_.field("X-SSE-Session-ID") == session_->id &&
                          reader_.field("Transfer-Encoding").has_value() == head_.http_1_1 &&
                          cookie.has_value() == head_.sets_cookie && (!cookie || *cookie == wanted);
    if (!is_right) {
        throw failure{
            fmt::format("the head, {} a cookie, is\n{}", head_.sets_cookie ? "with" : "without", reader_.head())};
    }
}

void stream_check::on_connected(block const& b)
{
    check_head();
    told_end_ = b.end;
    begun_ = judge_opening(events_, settings_, opening_, b.text);
    if (opening_.resumed && settings_.config.sessions.buffer_size == 0) {
        told_.emplace_back("event: no-buffer\ndata: {}\n\n");
    } else if (begun_.dropped != 0) {
        told_.push_back(fmt::format("event: buffer-overflow\ndata: {{\"dropped\":{},\"kept\":{}}}\n\n",
                                    or_null(begun_.dropped), begun_.replay));
    }
    if (begun_.replay != 0) {
        told_.push_back(fmt::format("event: replay-start\ndata: {{\"count\":{}}}\n\n", begun_.replay));
    }
    note_seen(events_.place_id(begun_.place));
    phase_ = phase::told;
    if (told_.empty()) {
        begin_replay();
    }
}

void stream_check::on_told(block const& b)
{
    told_end_ = b.end;
    if (b.text != told_.front()) {
        throw failure{fmt::format("not\n{}but\n{}", told_.front(), b.text)};
    }
    told_.pop_front();
    if (told_.empty()) {
        begin_replay();
    }
}

/// What is lost was told: it counts as passed.
void stream_check::begin_replay()
{
    replay_left_ = begun_.replay;
    cursor_ = replay_left_ == 0 ? opening_.head : begun_.from;
    phase_ = replay_left_ == 0 ? phase::live : phase::replay;
    if (counts_) {
        session_->passed_at_most = std::max(begun_.place, first_replayed_at_most() - 1);
        if (begun_.dropped != 0) {
            session_->unbroken_from = session_->passed_at_most;
        }
    }
}

/// The first event that is replayed is none after this one.
std::uint64_t stream_check::first_replayed_at_most() const
{
    auto left = begun_.replay;
    auto place = opening_.head + 1;
    while (left != 0 && place > begun_.from + 1) {
        left -= static_cast<std::uint64_t>(events_.is_for(--place, *session_, opening_.wants, opening_.view));
    }
    return place;
}

/// The next event for the session, 0 when there is none.
std::uint64_t stream_check::next_after(std::uint64_t place, std::uint64_t until) const
{
    while (++place <= until) {
        if (events_.is_for(place, *session_, opening_.wants, opening_.view)) {
            return place;
        }
    }
    return 0;
}

void stream_check::on_replayed(block const& b)
{
    for (;;) {
        auto const place = next_after(cursor_, opening_.head);
        if (place == 0) {
            throw failure{fmt::format("{} events are yet to be replayed, and there comes\n{}", replay_left_, b.text)};
        }
        cursor_ = place;
        auto const& p = events_.at(place);
        if (b.text == fmt::format(": replayed {}\n{}", p.time, p.block)) {
            note_event(place, b.end);
            break;
        }
        // The oldest give way to the buffer's size, and what the log let go of is missing anywhere.
        bool const may_be_missing = !surely_held(events_, opening_, place) ||
                                    (!replayed_any_ && !opening_.since && begun_.replay == settings_.replay_limit());
        if (!may_be_missing) {
            throw failure{fmt::format("event {} is not replayed, but\n{}", place, b.text)};
        }
        if (counts_ && replayed_any_) {
            session_->told_lost.push_back(place);
        }
    }
    replayed_any_ = true;
    if (--replay_left_ == 0) {
        for (auto left = next_after(cursor_, opening_.head); left != 0; left = next_after(left, opening_.head)) {
            if (surely_held(events_, opening_, left)) {
                throw failure{fmt::format("the replay of {} ends before event {}", begun_.replay, left)};
            }
            session_->told_lost.push_back(left);
        }
        cursor_ = opening_.head;
        phase_ = phase::replay_end;
    }
}

void stream_check::on_live(block const& b)
{
    if (on_heartbeat(b) || on_topic_end(b)) {
        return;
    }
    if (b.text.starts_with("retry: ")) {
        auto const& streams = settings_.config.streams;
        std::int64_t retry = -1;
        std::from_chars(b.text.data() + 7, b.text.data() + b.text.size(), retry);
        if (b.text != fmt::format("retry: {0}\nevent: shutdown\ndata: {{\"retry\":{0}}}\n\n", retry) ||
            retry < streams.retry.count() || retry > (streams.retry + streams.drain_spread).count()) {
            throw failure{"not a shutdown's block\n" + b.text};
        }
        phase_ = phase::shut_down;
        return;
    }
    auto const place = next_after(cursor_, last());
    if (place == 0 || b.text != events_.at(place).block) {
        throw failure{fmt::format("not event {} (0: nothing), but\n{}", place, b.text.substr(0, 400))};
    }
    cursor_ = place;
    note_event(place, b.end);
}

bool stream_check::on_topic_end(block const& b)
{
    auto const topic = opening_.wants.only_topic();
    if (!topic || b.text != fmt::format("event: topic-end\ndata: {{\"topic\":\"{}\"}}\n\n", *topic)) {
        return false;
    }
    if (auto const next = next_after(cursor_, last()); ends_behind_ == 0 || next != 0) {
        throw failure{
            fmt::format("topic-end, but the topic is closed at {} and the next event is {}", ends_behind_, next)};
    }
    phase_ = phase::topic_ended;
    return true;
}

bool stream_check::on_heartbeat(block const& b)
{
    if (b.text == ":\n") {
        if (settings_.config.streams.heartbeat_style != heartbeat_style::comment) {
            throw failure{"a comment for a heartbeat"};
        }
        return true;
    }
    auto const begin = fmt::format("id: {}-", events_.hi());
    if (!b.text.starts_with(begin) || b.text.find("\nevent: heartbeat\n") == std::string::npos) {
        return false;
    }
    std::uint64_t place = 0;
    auto const* const end = b.text.data() + b.text.size();
    std::from_chars(b.text.data() + begin.size(), end, place);
    long long time = 0;
    auto const timestamp = b.text.find("timestamp\":") + 11;
    std::from_chars(b.text.data() + std::min(timestamp, b.text.size()), end, time);
    // A stalled client has it later.
    if (time > wall_seconds() ||
        b.text != fmt::format("{}{}\nevent: heartbeat\ndata: {{\"timestamp\":{}}}\n\n", begin, place, time)) {
        throw failure{"not a heartbeat's block\n" + b.text};
    }
    auto const next = next_after(cursor_, events_.head());
    // The rest of one may come when the session has gone on with another connection.
    auto const passed = counts_ ? session_->passed_at_most : 0;
    if (place > events_.head() || place < std::max({begun_.place, passed, quiet_}) || (next != 0 && next <= place)) {
        throw failure{fmt::format("a heartbeat at place {} of {}, behind event {}; the next for it is {}", place,
                                  events_.head(), passed, next)};
    }
    note_seen(events_.place_id(place));
    return true;
}

void stream_check::note_event(std::uint64_t place, std::size_t end)
{
    note_seen(events_.id_of(place));
    if (!counts_) {
        return;
    }
    session_->passed_at_most = std::max(session_->passed_at_most, place);
    session_->last_written = place;
    session_->written.push_back(place);
    unknown_.push_back({.place = place, .end = end});
    if (auto const sent = std::ranges::find(session_->sent, place, &sent_event::place); sent != session_->sent.end()) {
        sent->written = true;
    }
}

void stream_check::note_acknowledged(wire const& w)
{
    bool const tells = phase_ != phase::connected && phase_ != phase::told && told_end_ <= w.acknowledged();
    if (counts_ && tells && !was_told_) {
        was_told_ = true;
        session_->untold = false;
        session_->position_wants = opening_.wants;
        session_->passed_surely = std::max(session_->passed_surely, begun_.place);
    }
    while (counts_ && !unknown_.empty() && unknown_.front().end <= w.acknowledged()) {
        auto const place = unknown_.front().place;
        unknown_.pop_front();
        session_->passed_surely = std::max(session_->passed_surely, place);
        if (auto const sent = std::ranges::find(session_->sent, place, &sent_event::place);
            sent != session_->sent.end()) {
            sent->known_written = true;
            sent->unsure = false;
        }
    }
}

void stream_check::note_seen(std::string id)
{
    constexpr std::size_t most = 16;
    session_->seen.push_back(std::move(id));
    if (session_->seen.size() > most) {
        session_->seen.pop_front();
    }
}

void stream_check::check_complete()
{
    if (ends_behind_ != 0) {
        throw failure{fmt::format("the stream stands though its topic was closed at {}", ends_behind_)};
    }
    if (phase_ != phase::live) {
        throw failure{
            fmt::format("the stream stops before it is live; {} events are yet to be replayed", replay_left_)};
    }
    if (auto const next = next_after(cursor_, events_.head()); next != 0) {
        throw failure{fmt::format("event {} does not come, nor what is behind it", next)};
    }
    if (!reader_.between_blocks()) {
        throw failure{"the stream stops within a block"};
    }
    cursor_ = events_.head();
}

void stream_check::check_ended(bool with_shutdown) const
{
    bool const chunked = reader_.field("Transfer-Encoding").has_value();
    if (!reader_.between_blocks() || (chunked && !reader_.ended())) {
        throw failure{"the stream does not end as its framing says"};
    }
    if (with_shutdown != (phase_ == phase::shut_down)) {
        throw failure{with_shutdown ? "the stream ends without shutdown" : "the stream ends with shutdown"};
    }
}

} // namespace sluice::model
