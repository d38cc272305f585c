#include "player.hpp"

#include "failure.hpp"
#include "virtual_clock.hpp"
#include <sluice/event/event_id.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

namespace sluice::model {

using namespace std::chrono_literals;

player::player(settings const& s) : settings_{s}, hub_{s}, events_{settings_}
{
    // The first event's id says what all ids begin with.
    auto const receipt = hub_.broker().broadcast({.data = "first"});
    auto const id = receipt ? parse_event_id(receipt->first) : std::nullopt;
    if (!id || id->lo != 1) {
        throw failure{"the first event is not the first"};
    }
    events_.learn_hi(id->hi);
    events_.publish({.data = "first"}, {}, std::chrono::system_clock::now());
    settle();
}

void player::play(operation const& op)
{
    random r{op.seed};
    switch (op.what) {
    case action::publish:
        publish(r);
        break;
    case action::send:
        send(r);
        break;
    case action::connect:
        connect(r);
        break;
    case action::drop:
        drop(r);
        break;
    case action::stall:
        stall(r);
        break;
    case action::go_on:
        go_on(r);
        break;
    case action::move_clock:
        move_clock(r);
        break;
    case action::disconnect:
        disconnect(r);
        break;
    case action::remove:
        remove(r);
        break;
    case action::mint:
        mint(r);
        break;
    case action::list:
        list(r);
        break;
    case action::topic:
        mark_topic(r);
        break;
    case action::work:
        tell("work");
        hub_.work(r, 1 + r.below(20));
        break;
    case action::settle:
        tell("settle");
        settle();
        break;
    }
    read_streams();
    let_go_of_ended();
}

void player::finish()
{
    tell("finish");
    settle();
    for (auto const& s : streams_) {
        s->at->peer.set_room(wire::no_end);
    }
    settle();
    hub_.stop();
    for (auto const& s : streams_) {
        s->check->read(s->at->peer);
        s->check->check_ended(true);
        if (!s->at->peer.closed_by_hub() || !s->at->served) {
            throw failure{"a stream stands after the shutdown"};
        }
    }
    if (auto const stats = hub_.broker().session_stats(); stats.events_published != events_.head() - events_.marks()) {
        throw failure{fmt::format("{} events published beside {} marks, and {} counted",
                                  events_.head() - events_.marks(), events_.marks(), stats.events_published)};
    }
}

// ---- what may be drawn

std::string player::pick_type(random& r) const
{
    // Most are of few types.
    return type_names[r.percent(70) ? r.below(3) : r.below(type_names.size())];
}

std::string player::pick_own_id(random& r)
{
    if (!r.percent(25)) {
        return {};
    }
    return r.percent(60) ? fmt::format("own {}", r.below(4)) : fmt::format("unique {}", ++own_ids_);
}

/// No two have the same bytes, so that what came says which one it was: where ids are the same, the data is not.
event player::draw_event(random& r)
{
    event e{.id = pick_own_id(r), .type = pick_type(r), .data = draw_data(r)};
    if (!e.id.empty()) {
        e.data += fmt::format(" #{}", ++own_ids_);
    }
    return e;
}

/// Some events have topics, which may be given twice; some of those are private.
void player::draw_topics(random& r, event& e) const
{
    if (r.percent(40)) {
        for (auto left = r.one_of<std::size_t>({1, 1, 1, 2, 3, 6}); left != 0; --left) {
            e.topics.emplace_back(topic_names[r.percent(60) ? r.below(3) : r.below(topic_names.size())]);
        }
        e.is_private = settings_.has_private && r.percent(30);
        e.last = r.percent(1);
        e.keep = r.percent(10) ? r.one_of<std::uint32_t>({1, 1, 2, 5}) : 0;
    }
    if (r.percent(8)) {
        e.ttl = r.one_of<std::chrono::milliseconds>({0ms, 1s, 30s});
    }
}

std::string player::draw_data(random& r) const
{
    auto text = fmt::format("{}", r.below(1000));
    if (r.percent(10)) {
        text += r.one_of({"\r\n", "\n", "\r", "\n\n", "\r\r\n"});
        text += r.one_of({"", "more"});
    }
    if (r.percent(8)) {
        text.append(r.one_of<std::size_t>({300, 3'000, 30'000}), 'x');
    }
    return r.percent(3) ? std::string{} : text;
}

session_handle player::pick_session(random& r) const
{
    if (sessions_.empty()) {
        return nullptr;
    }
    constexpr std::size_t recent = 10;
    auto const from = sessions_.size() - std::min(sessions_.size(), recent);
    return r.percent(5) ? sessions_[r.below(sessions_.size())] : sessions_[from + r.below(sessions_.size() - from)];
}

player::stream* player::pick_stream(random& r)
{
    return streams_.empty() ? nullptr : streams_[r.below(streams_.size())].get();
}

// ---- sessions

bool player::is_known(session_record& s) const
{
    if (s.alive && !s.connected && s.expires <= clock_now()) {
        s.alive = false;
    }
    return s.alive;
}

/// The session that lives under the id now.
session_handle player::find(std::string const& id) const
{
    auto const found = std::find_if(sessions_.rbegin(), sessions_.rend(),
                                    [&](session_handle const& s) { return s->id == id && is_known(*s); });
    return found == sessions_.rend() ? nullptr : *found;
}

session_handle player::begin_session(std::string id)
{
    auto s = std::make_shared<session_record>();
    s->id = std::move(id);
    s->passed_surely = s->passed_at_most = events_.head();
    sessions_.push_back(s);
    return s;
}

std::size_t player::connected() const
{
    return static_cast<std::size_t>(
        std::ranges::count_if(sessions_, &session_record::connected, &session_handle::operator*));
}

/// Whether a peer has left of which the hub may not know yet, or a stream comes to the end of its topic.
bool player::ends_are_pending() const
{
    return std::ranges::any_of(streams_, [](auto const& s) {
        bool const ends = s->at->peer.peer_gone() || (s->check->comes_to_end() && !s->ends);
        return ends && !s->at->peer.closed_by_hub();
    });
}

// ---- streams

void player::settle()
{
    hub_.settle();
    settled_ = events_.head();
    read_streams();
    note_ends_of_topics();
    for (auto const& s : streams_) {
        auto const& peer = s->at->peer;
        if (peer.closed_by_hub() || s->ends) {
            continue;
        }
        if (peer.takes_all()) {
            s->check->check_complete();
            s->check->note_quiet(events_.head());
        } else if (!peer.blocked() && peer.acknowledged() == peer.taken().size() && s->check->is_live()) {
            s->check->check_complete();
        }
    }
    let_go_of_ended();
}

/// A stream that has begun to end with its topic is none of its session's any more, though its last words may wait for
/// a peer that takes nothing. Only the hub knows how far it is.
void player::note_ends_of_topics()
{
    random r{0};
    for (auto const& s : streams_) {
        if (!s->check->comes_to_end() || s->ends || s->at->peer.closed_by_hub() || s->at->peer.peer_gone()) {
            continue;
        }
        auto const [ec, info] = hub_.run<error_code, session_info>(
            r, [&](auto h) { hub_.broker().async_find(*parse_session_id(s->session->id), std::move(h)); });
        if (ec || !info.active) {
            s->ends = true;
            let_go(*s);
        }
    }
}

/// Before what depends on which connections stand: has the hub notice what its peers did and, where that matters, what
/// it will do itself to those that lag.
void player::settle_if_unsure(bool matters)
{
    if (ends_are_pending() || (matters && settled_ != events_.head())) {
        settle();
    }
}

void player::read_streams()
{
    for (auto const& s : streams_) {
        if (keeps_story_) {
            tell_what_came(*s);
        }
        s->check->read(s->at->peer);
    }
}

void player::tell_what_came(stream& s)
{
    constexpr std::size_t most = 500;
    auto const& taken = s.at->peer.taken();
    if (taken.size() == s.told) {
        return;
    }
    std::string text;
    for (char const c : taken.substr(s.told, most)) {
        text += c == '\n' ? "|" : c == '\r' ? "" : std::string(1, c);
    }
    auto const head_end = text.find("||");
    tell("    to", s.session->id, s.told == 0 && head_end != std::string::npos ? text.substr(head_end + 2) : text);
    s.told = taken.size();
}

/// Why the hub may close a stream by itself: it lags too much, or its peer takes nothing.
void player::check_slow(stream const& s) const
{
    auto const& streams = settings_.config.streams;
    auto const& peer = s.at->peer;
    auto const most = std::min<std::uint64_t>(streams.max_lag, settings_.log_events());
    // What was written in a batch of which it does not know yet that it is whole counts for nothing.
    auto const passed = s.session->passed_surely;
    bool const lags = events_.head() - passed > most || events_.broadcasts_held_from() > passed + 1 ||
                      events_.sent_held_from() > passed + 1;
    bool const stalls =
        peer.blocked() && streams.write_timeout != 0ms && peer.since() + streams.write_timeout <= clock_now();
    if (!lags && !stalls) {
        throw failure{fmt::format("the hub closes the stream of session {} behind event {} of {}, for nothing",
                                  s.session->id, passed, events_.head())};
    }
}

void player::let_go(stream& s)
{
    s.check->let_go();
    auto& session = *s.session;
    auto const& peer = s.at->peer;
    session.connected = false;
    session.expires = (peer.closed_by_hub() ? peer.closed_at() : clock_now()) + settings_.config.sessions.buffer_ttl;
    if (!settings_.config.sessions.reconnection) {
        session.alive = false;
    }
    bool const in_log = events_.broadcasts_held_from() <= session.passed_surely + 1 &&
                        events_.sent_held_from() <= session.passed_surely + 1;
    session.ended_in_log = in_log;
    if (!s.check->was_told()) {
        for (auto& sent : session.sent) {
            sent.doubtful = sent.doubtful || !sent.known_written;
        }
    }
    // What a socket has taken counts at once, as long as the hub can tell which events it was.
    if (!s.at->request.asynchronous && in_log && peer.peer_gone()) {
        session.passed_surely = std::max(session.passed_surely, session.last_written);
    }
}

/// The connection is over for the hub: the session is not connected any more.
void player::let_go_of_ended()
{
    std::erase_if(streams_, [&](auto const& s) {
        if (!s->at->peer.closed_by_hub()) {
            return false;
        }
        if (s->check->topic_ended()) {
            s->check->check_ended(false);
        } else if (!s->ends && !s->at->peer.peer_gone()) {
            check_slow(*s);
        }
        if (!s->ends) {
            let_go(*s);
        }
        return true;
    });
}

// ---- publishing

/// What is known of closed topics is what the hub must know of them, but where their last events may have left the log.
void player::resolve_topics()
{
    std::vector<std::string> unsure;
    for (auto const& [topic, end] : events_.ends()) {
        if (events_.last_of(topic) < events_.broadcasts_held_from()) {
            unsure.push_back(topic);
        }
    }
    if (!unsure.empty()) {
        settle();
    }
    for (auto const& topic : unsure) {
        if (!hub_.broker().is_closed(topic)) {
            events_.note_open(topic);
        }
    }
    for (std::string const topic : topic_names) {
        if (hub_.broker().is_closed(topic) != events_.end_of(topic).has_value()) {
            throw failure{fmt::format("topic {} is {}closed", topic, events_.end_of(topic) ? "not " : "")};
        }
    }
}

/// The streams of that one topic end behind the newest place.
void player::end_streams_of(std::string const& topic)
{
    for (auto const& s : streams_) {
        if (s->check->began().wants.only_topic() == topic) {
            s->check->note_topic_end(events_.head());
        }
    }
}

/// Whether an event of the batch has a topic that is closed, by one before it or already.
bool player::comes_behind_end(std::vector<event> const& batch) const
{
    std::vector<std::string> closed;
    for (auto const& e : batch) {
        for (auto const& topic : e.topics) {
            if (events_.end_of(topic) || std::ranges::find(closed, topic) != closed.end()) {
                return true;
            }
        }
        if (e.last) {
            closed.insert(closed.end(), e.topics.begin(), e.topics.end());
        }
    }
    return false;
}

void player::mark_topic(random& r)
{
    resolve_topics();
    std::string const topic = topic_names[r.below(topic_names.size())];
    bool const closes = r.percent(20);
    tell(closes ? "close topic" : "forget topic", topic);
    auto& b = hub_.broker();
    auto const [ec] = hub_.run<error_code>(r, [&](auto h) {
        closes ? b.async_close_topic(topic, std::move(h)) : b.async_forget_topic(topic, std::move(h));
    });
    bool const is_closed = closes && events_.end_of(topic);
    if (ec != (is_closed ? make_error_code(errc::topic_closed) : error_code{})) {
        throw failure{fmt::format("closing or forgetting topic {}: {}", topic, ec.message())};
    }
    if (ec) {
        return;
    }
    if (closes) {
        events_.close(topic);
        end_streams_of(topic);
    } else {
        events_.forget(topic);
    }
}

/// Whether the batch was not published, as it must not be. `at_once`: the call did not wait.
bool player::is_refused(std::vector<event> const& batch, error_code ec, bool at_once, std::uint64_t unread) const
{
    auto const ring = settings_.config.log.ring_size;
    bool const never_fits = at_once && batch.size() > ring;
    if (comes_behind_end(batch)) {
        if (ec != errc::topic_closed && (ec != errc::too_many_events || !never_fits)) {
            throw failure{"publishing behind the end of a topic: " + ec.message()};
        }
        return true;
    }
    if ((ec == errc::too_many_events && never_fits) ||
        (ec == errc::ring_full && at_once && unread + batch.size() > ring)) {
        return true;
    }
    if (ec) {
        throw failure{fmt::format("publishing {} events: {}", batch.size(), ec.message())};
    }
    return false;
}

void player::publish(random& r)
{
    resolve_topics();
    std::vector<event> batch(r.percent(75) ? 1 : r.one_of<std::size_t>({2, 5, 20, 100}));
    for (auto& e : batch) {
        e = draw_event(r);
        draw_topics(r, e);
    }
    tell("publish", batch.size(), batch.front().type, batch.front().id, "topics",
         fmt::format("{}", batch.front().topics), batch.front().is_private ? "private" : "",
         batch.front().keep == 0 ? "" : fmt::format("keep {}", batch.front().keep), batch.front().ttl ? "ttl" : "");
    auto const now = std::chrono::system_clock::now();
    auto const unread = events_.head() - settled_;
    std::optional<publish_receipt> receipt;
    error_code ec;
    auto const way = r.below(3);
    if (way == 2) {
        std::tie(ec, receipt) = hub_.run<error_code, publish_receipt>(
            r, [&](auto h) { hub_.broker().async_broadcast(batch, std::move(h)); });
    } else {
        auto const answer = way == 0 ? hub_.broker().broadcast(batch) : hub_.broker().try_broadcast(batch);
        ec = answer.has_error() ? answer.error() : error_code{};
        receipt = answer.has_value() ? std::optional{*answer} : std::nullopt;
    }
    if (is_refused(batch, ec, way == 1, unread)) {
        return;
    }
    auto const first = events_.head() + 1;
    for (auto& e : batch) {
        events_.publish(e, {}, now);
        if (e.last) {
            std::ranges::for_each(e.topics, [this](std::string const& topic) { end_streams_of(topic); });
        }
    }
    if (receipt->count != batch.size() || receipt->first != events_.id_of(first) ||
        receipt->last != events_.id_of(events_.head())) {
        throw failure{fmt::format("published {} from {} to {}, not {} from {}", receipt->count, receipt->first,
                                  receipt->last, batch.size(), events_.id_of(first))};
    }
}

void player::send(random& r)
{
    settle_if_unsure(ends_with_connection());
    message m{.event = draw_event(r), .targets = {}};
    std::vector<session_handle> known;
    std::vector<std::string> unknown;
    for (auto left = 1 + r.below(3); left != 0; --left) {
        auto const picked = pick_session(r);
        auto const id =
            picked && !r.percent(5) ? picked->id : r.one_of<std::string>({"", "nobody", std::string(32, '0')});
        m.targets.push_back(id);
        auto const live = find(id);
        if (!live) {
            unknown.push_back(id);
        } else if (std::ranges::find(known, live) == known.end()) {
            known.push_back(live);
        }
    }
    tell("send", m.event.type, m.event.id, "to", fmt::format("{}", fmt::join(m.targets, ",")));
    auto const now = std::chrono::system_clock::now();
    auto const sent = m.event;
    auto const [ec, receipt] =
        hub_.run<error_code, send_receipt>(r, [&](auto h) { hub_.broker().async_send(std::move(m), std::move(h)); });
    if (receipt.unknown != unknown) {
        throw failure{fmt::format("unknown: {}, not {}", receipt.unknown, unknown)};
    }
    if (known.empty() != (ec == errc::unknown_session) || (ec && !known.empty())) {
        throw failure{"sending: " + ec.message()};
    }
    if (!known.empty()) {
        events_.publish(sent, known, now);
        if (receipt.id != events_.id_of(events_.head())) {
            throw failure{fmt::format("sent {}, not {}", receipt.id, events_.id_of(events_.head()))};
        }
    }
}

// ---- connections

void player::drop(random& r)
{
    if (auto* const s = pick_stream(r)) {
        tell("drop", s->session->id);
        s->at->peer.leave();
        if (r.percent(50)) {
            settle();
        }
    }
}

void player::stall(random& r)
{
    if (auto* const s = pick_stream(r)) {
        auto const room = r.one_of<std::size_t>({0, 1, 30, 100, 1'000, 70'000});
        tell("stall", s->session->id, room);
        s->at->peer.set_room(room);
    }
}

void player::go_on(random& r)
{
    auto const stalled = std::ranges::find_if(streams_, [](auto const& s) { return !s->at->peer.takes_all(); });
    if (stalled != streams_.end()) {
        tell("go on", (*stalled)->session->id);
        (*stalled)->at->peer.set_room(r.percent(60) ? wire::no_end : r.below(2000));
    }
}

void player::move_clock(random& r)
{
    settle();
    auto const by = r.one_of<std::chrono::milliseconds>({1ms, 300ms, 999ms, 1s, 2s, 5s, 10s, 29s, 30s, 60s});
    tell("move clock", by.count());
    hub_.move_clock(by);
    settle();
    auto const& config = settings_.config.streams;
    for (auto const& s : streams_) {
        auto const& peer = s->at->peer;
        if (config.write_timeout != 0ms && peer.blocked() && peer.since() + config.write_timeout < clock_now()) {
            throw failure{"a stream stands that takes nothing: " + s->session->id};
        }
        if (config.heartbeat_interval != 0ms && peer.takes_all() &&
            peer.last_write() + config.heartbeat_interval < clock_now()) {
            throw failure{"no heartbeat comes to " + s->session->id};
        }
    }
}

void player::disconnect(random& r)
{
    // Whether what is under way counts would depend on what the hub comes to first.
    settle();
    auto const picked = pick_session(r);
    if (!picked) {
        return;
    }
    tell("disconnect", picked->id);
    auto const s = find(picked->id);
    auto const [ec, was] = hub_.run<error_code, bool>(
        r, [&](auto h) { hub_.broker().async_disconnect(*parse_session_id(picked->id), std::move(h)); });
    read_streams();
    // The hub may have found it slow before it came to this.
    auto const stands = std::ranges::find_if(streams_, [&](auto const& t) { return t->session == s && !t->ends; });
    bool const known = s != nullptr;
    if ((ec == errc::unknown_session) == known || (was && (stands == streams_.end()))) {
        throw failure{fmt::format("disconnecting {}: {} {}", picked->id, ec.message(), was)};
    }
    if (!was) {
        if (known && s->connected && !(*stands)->at->peer.closed_by_hub()) {
            throw failure{"a connected session has no connection: " + picked->id};
        }
        return;
    }
    auto& t = **stands;
    bool const ends_well = t.at->peer.takes_all() && !t.at->peer.blocked();
    auto const check = t.check;
    t.ends = true;
    let_go(t);
    settle(); // and `t` is no more
    if (ends_well) {
        check->check_ended(false);
    }
}

void player::remove(random& r)
{
    settle_if_unsure(ends_with_connection());
    auto const picked = pick_session(r);
    if (!picked) {
        return;
    }
    tell("remove", picked->id);
    auto const s = find(picked->id);
    auto const [ec] = hub_.run<error_code>(
        r, [&](auto h) { hub_.broker().async_remove(*parse_session_id(picked->id), std::move(h)); });
    if ((ec == errc::unknown_session) != (s == nullptr)) {
        throw failure{fmt::format("removing {}: {}", picked->id, ec.message())};
    }
    if (s) {
        read_streams();
        for (auto const& t : streams_) {
            if (t->session == s) {
                t->ends = true;
            }
        }
        s->alive = s->connected = false;
    }
}

void player::mint(random& r)
{
    settle_if_unsure(ends_with_connection());
    auto const [ec, id] = hub_.run<error_code, session_id>(r, [&](auto h) { hub_.broker().async_mint(std::move(h)); });
    tell("mint", ec ? ec.message() : to_string(id));
    if (!settings_.config.sessions.reconnection) {
        if (ec != errc::reconnection_off) {
            throw failure{"minted without reconnection"};
        }
        return;
    }
    auto const alive =
        static_cast<std::size_t>(std::ranges::count_if(sessions_, [&](auto const& s) { return is_known(*s); }));
    if (ec == errc::too_many_sessions && settings_.config.sessions.max_sessions != 1'000'000) {
        return; // expired sessions count until they are swept
    }
    if (ec || alive >= settings_.config.sessions.max_sessions) {
        throw failure{fmt::format("minting beside {} sessions: {}", alive, ec.message())};
    }
    begin_session(to_string(id))->expires = clock_now() + settings_.config.sessions.buffer_ttl;
}

void player::list(random& r)
{
    tell("list");
    settle();
    auto const [all] = hub_.run<std::vector<session_info>>(
        r, [&](auto h) { hub_.broker().async_list(session_query{}, std::move(h)); });
    std::vector<session_record const*> known;
    for (auto const& s : sessions_) {
        if (is_known(*s)) {
            known.push_back(s.get());
        }
    }
    std::ranges::sort(known, {}, &session_record::id);
    known.resize(std::min(known.size(), session_query{}.limit));
    if (known.size() != all.size()) {
        throw failure{fmt::format("{} sessions are listed, of {}", all.size(), known.size())};
    }
    for (std::size_t i = 0; i != all.size(); ++i) {
        auto const& s = *known[i];
        auto listed = all[i].types;
        std::ranges::sort(listed);
        auto listed_topics = all[i].topics;
        std::ranges::sort(listed_topics);
        auto listed_patterns = all[i].topic_patterns;
        std::ranges::sort(listed_patterns);
        if (listed_topics != s.wants.topics || listed_patterns != s.wants.patterns || all[i].id != s.id ||
            all[i].active != s.connected || all[i].reconnections != s.reconnections || listed != s.wants.asked ||
            all[i].user_agent != s.agent) {
            throw failure{fmt::format("session {} is listed as {} active={} reconnections={} types={}", s.id, all[i].id,
                                      all[i].active, all[i].reconnections, listed)};
        }
    }
}

} // namespace sluice::model
