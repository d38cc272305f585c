#include "failure.hpp"
#include "player.hpp"
#include "virtual_clock.hpp"
#include <sluice/event/event_id.hpp>
#include <sluice/session/session_id.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <ranges>
#include <span>
#include <utility>

namespace sluice::model {

using namespace std::chrono_literals;

namespace {

/// Sorted, each once.
[[nodiscard]] std::vector<std::string> draw_types(random& r, std::size_t least, std::size_t most)
{
    std::vector<std::string> drawn;
    for (auto left = least + r.below(most - least + 1); left != 0; --left) {
        drawn.emplace_back(type_names[r.below(type_names.size())]);
    }
    std::ranges::sort(drawn);
    drawn.erase(std::unique(drawn.begin(), drawn.end()), drawn.end());
    return drawn;
}

constexpr std::array patterns{"t*", "/*", "https:*", "w*", "*", "nothing*"};

[[nodiscard]] std::vector<std::string> draw_some(random& r, std::span<char const* const> of, std::size_t least,
                                                 std::size_t most)
{
    std::vector<std::string> drawn;
    for (auto left = least + r.below(most - least + 1); left != 0; --left) {
        drawn.emplace_back(of[r.below(of.size())]);
    }
    std::ranges::sort(drawn);
    drawn.erase(std::unique(drawn.begin(), drawn.end()), drawn.end());
    return drawn;
}

[[nodiscard]] std::string percent_encoded(std::string_view text)
{
    std::string out;
    for (char const c : text) {
        out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

} // namespace

/// What a request asks for.
struct player::wanted_stream {
    enum class claim : std::uint8_t { none, by_query, by_header, by_cookie };

    claim claims = claim::none;
    std::string id{};
    std::string last_id{};
    bool last_id_in_query = false;
    std::string since{};
    interest wants{};
    std::string agent = "A";
    bool http_1_1 = true;
    bool asynchronous = false;
    std::size_t room = wire::no_end;

    [[nodiscard]] bool is_ambient() const noexcept { return claims == claim::by_cookie; }
    [[nodiscard]] bool has_id() const { return claims != claim::none && parse_session_id(id).has_value(); }
    [[nodiscard]] stream_request make_request() const;
};

stream_request player::wanted_stream::make_request() const
{
    namespace http = boost::beast::http;
    stream_request request{.header = {}, .asynchronous = asynchronous, .room = room};
    auto& h = request.header;
    std::vector<std::string> query;
    if (!wants.asked.empty()) {
        query.push_back(fmt::format("types={}", fmt::join(wants.asked, ",")));
    }
    for (auto const& topic : wants.topics) {
        query.push_back("topic=" + percent_encoded(topic));
    }
    for (auto const& pattern : wants.patterns) {
        query.push_back("topic_pattern=" + percent_encoded(pattern));
    }
    if (claims == claim::by_query) {
        query.push_back("session=" + id);
    } else if (claims == claim::by_header) {
        h.set("X-SSE-Session-ID", id);
    } else if (claims == claim::by_cookie) {
        h.set(http::field::cookie, "other=1; sse-session-id=" + id);
    }
    if (since == "earliest" && !http_1_1) {
        h.set("Last-Event-ID", since);
    } else if (!since.empty()) {
        query.push_back("since=" + percent_encoded(since));
    }
    if (last_id_in_query) {
        query.push_back("lastEventId=" + percent_encoded(last_id));
    } else if (!last_id.empty()) {
        h.set("Last-Event-ID", last_id);
    }
    h.method(http::verb::get);
    h.target(fmt::format("/events?{}", fmt::join(query, "&")));
    h.version(http_1_1 ? 11 : 10);
    h.set(http::field::host, "localhost");
    h.set(http::field::user_agent, agent);
    h.set("X-Allowed", wants.allowed ? fmt::format("{}", fmt::join(*wants.allowed, ",")) : "all");
    h.set("X-Private", wants.private_topics ? fmt::format("{}", fmt::join(*wants.private_topics, ",")) : "all");
    return request;
}

std::string player::draw_last_id(random& r, session_handle const& s)
{
    auto const head = events_.head();
    auto const way = r.below(100);
    if (way < 35) {
        return {};
    }
    if (way < 85) {
        // What the client saw last, or before: what came behind it was lost on the way.
        auto const& seen = s ? s->seen : std::deque<std::string>{};
        if (seen.empty()) {
            return {};
        }
        return r.percent(60) ? seen.back() : seen[r.below(seen.size())];
    }
    if (way < 90) {
        return fmt::format("own {}", r.below(4));
    }
    if (way < 96) {
        return events_.place_id(r.percent(50) ? r.below(head + 3) : head - r.below(std::min<std::size_t>(head, 10)));
    }
    return r.one_of<std::string>({fmt::format("{}-1", events_.hi() - 1), "garbage", "\xff\xfe", "0-0", "-"});
}

/// Who the request says to be: the session, one that nobody knows, or nobody.
void player::draw_claim(random& r, std::size_t way, session_handle const& s, wanted_stream& w)
{
    using claim = wanted_stream::claim;
    if (s) {
        w.claims = way < 50 ? claim::by_query : way < 75 ? claim::by_header : claim::by_cookie;
        w.id = s->id;
        w.agent = s->agent.empty() || r.percent(10) ? r.one_of({"A", "B"}) : s->agent;
        if (w.is_ambient() && r.percent(70)) {
            w.wants.asked = s->wants.asked;
            w.wants.topics = s->wants.topics;
            w.wants.patterns = s->wants.patterns;
        }
    }
    if (way >= 90 || (way >= 30 && !s)) {
        w.claims = r.one_of({claim::by_query, claim::by_header, claim::by_cookie});
        w.id =
            r.percent(70) ? fmt::format("{:016x}{:016x}", r.next(), r.next()) : r.one_of<std::string>({"", "x", "F0"});
    }
}

std::string player::draw_since(random& r, bool counts) const
{
    if (!r.percent(counts ? 20 : 5)) {
        return {};
    }
    if (counts && r.percent(40)) {
        return "earliest";
    }
    return r.percent(80) ? events_.place_id(r.below(events_.head() + 2)) : r.one_of<std::string>({"garbage", "0-0"});
}

/// Leaves what is there.
void player::draw_interest(random& r, interest& wanted)
{
    if (wanted.asked.empty() && r.percent(40)) {
        wanted.asked = draw_types(r, 1, r.percent(80) ? 3 : 12);
    }
    if (wanted.topics.empty() && wanted.patterns.empty() && r.percent(25)) {
        wanted.patterns = draw_some(r, patterns, 1, 3);
    }
    if (wanted.topics.empty() && r.percent(wanted.patterns.empty() ? 40 : 20)) {
        wanted.topics =
            r.percent(10) ? std::vector<std::string>{"*"} : draw_some(r, topic_names, 1, r.percent(75) ? 3 : 8);
    }
    if (r.percent(12)) {
        wanted.allowed = draw_types(r, 0, 5);
    }
    if (r.percent(25)) {
        wanted.private_topics = draw_some(r, topic_names, 0, 3);
        if (r.percent(30)) {
            std::ranges::copy(draw_some(r, patterns, 1, 2), std::back_inserter(*wanted.private_topics));
        }
    }
}

player::wanted_stream player::draw_stream(random& r)
{
    constexpr std::size_t most_streams = 12;
    wanted_stream w;
    auto const way = streams_.size() < most_streams ? r.below(100) : 30 + r.below(40);
    auto const s = way >= 30 ? pick_session(r) : nullptr;
    draw_claim(r, way, s, w);
    w.last_id = draw_last_id(r, r.percent(90) ? s : pick_session(r));
    w.last_id_in_query = !w.last_id.empty() && r.percent(20);
    w.since = draw_since(r, w.last_id.empty());
    draw_interest(r, w.wants);
    w.http_1_1 = r.percent(85);
    w.asynchronous = r.percent(40);
    if (r.percent(20)) {
        w.room = r.one_of<std::size_t>({0, 10, 300, 600, 1'000, 5'000});
    }
    return w;
}

/// By the contract's section 4.
player::claim_outcome player::judge_claim(wanted_stream const& wanted)
{
    claim_outcome outcome;
    bool const reconnects = settings_.config.sessions.reconnection;
    bool const is_explicit = wanted.has_id() && !wanted.is_ambient();
    outcome.sets_cookie = reconnects && !is_explicit;
    auto const known = reconnects && wanted.has_id() ? find(wanted.id) : nullptr;
    if (!known) {
        outcome.new_id = reconnects && is_explicit ? wanted.id : "";
        return outcome;
    }
    bool const owns =
        !known->claimed || !settings_.config.sessions.ownership.user_agent || known->agent == wanted.agent;
    if (wanted.is_ambient()) {
        outcome.sets_cookie = false;
        if (!owns || known->connected || known->wants.asked != wanted.wants.asked ||
            known->wants.topics != wanted.wants.topics || known->wants.patterns != wanted.wants.patterns) {
            return outcome;
        }
    } else if (!owns) {
        outcome.refused = 403;
        return outcome;
    }
    auto& recent = known->recent;
    while (!recent.empty() && recent.front() + thrash_window <= clock_now()) {
        recent.pop_front();
    }
    if (recent.size() >= thrash_refusal_limit) {
        outcome.refused = 429;
        return outcome;
    }
    outcome.session = known;
    return outcome;
}

/// A limit of sessions may be reached a little earlier: those that have expired count until they are swept.
player::claim_outcome player::judge_limits(claim_outcome outcome)
{
    bool const takes_over = outcome.session && outcome.session->connected;
    auto const alive =
        static_cast<std::size_t>(std::ranges::count_if(sessions_, [&](auto const& s) { return is_known(*s); }));
    if (outcome.refused == 0 && !takes_over && connected() >= settings_.config.streams.max_connections) {
        outcome.refused = 503;
    }
    if (outcome.refused == 0 && !outcome.session && alive >= settings_.config.sessions.max_sessions) {
        outcome.refused = 503;
    }
    return outcome;
}

/// The one topic that the stream wants, or that its session wants, if it is closed.
std::optional<std::string> player::closed_topic_of(wanted_stream const& wanted, session_handle const& s) const
{
    bool const names_any = !wanted.wants.topics.empty() || !wanted.wants.patterns.empty();
    auto const topic = names_any || !s ? wanted.wants.only_topic() : s->wants.only_topic();
    return topic && events_.end_of(*topic) ? topic : std::nullopt;
}

/// Whether the client's last id is at or behind the last event of a closed topic.
player::lateness player::comes_after_end(wanted_stream const& wanted, claim_outcome const& outcome) const
{
    auto const topic = closed_topic_of(wanted, outcome.session);
    if (!topic || wanted.last_id.empty()) {
        return lateness::none;
    }
    auto const end = events_.last_of(*topic);
    if (auto const id = parse_event_id(wanted.last_id)) {
        bool const is_placed = id->hi == events_.hi() && id->lo <= events_.head();
        return is_placed && id->lo >= end ? lateness::surely : lateness::none;
    }
    // The earliest that is still in the log counts.
    bool any = false;
    bool all = true;
    for (std::uint64_t p = 1; p <= events_.head(); ++p) {
        if (events_.at(p).own_id != wanted.last_id) {
            continue;
        }
        any = any || p >= end;
        all = all && p >= end;
        if (p >= events_.broadcasts_held_from() && (events_.at(p).is_broadcast || p >= events_.sent_held_from())) {
            return all ? lateness::surely : any ? lateness::maybe : lateness::none;
        }
    }
    return any ? lateness::maybe : lateness::none;
}

void player::connect(random& r)
{
    auto const wanted = draw_stream(r);
    bool const is_limited =
        settings_.config.streams.max_connections < 100 || settings_.config.sessions.max_sessions < 100;
    if (wanted.is_ambient() || is_limited || ends_with_connection()) {
        settle_if_unsure(true);
    }
    resolve_topics();
    auto const judged = judge_claim(wanted);
    auto const comes_late = judged.refused == 0 ? comes_after_end(wanted, judged) : lateness::none;
    auto const outcome = comes_late == lateness::surely ? claim_outcome{.refused = 204} : judge_limits(judged);
    tell("connect", std::array{"", "session=", "header", "cookie"}[static_cast<std::size_t>(wanted.claims)], wanted.id,
         fmt::format("last id '{}' since '{}' types {} allowed {} topics {} {} private {} agent {} {} room {}",
                     wanted.last_id, wanted.since, wanted.wants.asked,
                     wanted.wants.allowed ? fmt::format("{}", *wanted.wants.allowed) : "all", wanted.wants.topics,
                     wanted.wants.patterns,
                     wanted.wants.private_topics ? fmt::format("{}", *wanted.wants.private_topics) : "all",
                     wanted.agent, wanted.asynchronous ? "asynchronous" : "ready", wanted.room));
    auto const undelivered = newest_undelivered(outcome.session.get(), false);
    auto const at = hub_.open(r, wanted.make_request());
    if (at->refused != 0 || outcome.refused != 0) {
        bool const may_be_late = at->refused == 204 && comes_late == lateness::maybe;
        bool const may_be_full = outcome.refused == 0 && !outcome.session && at->refused == 503 &&
                                 settings_.config.sessions.max_sessions < 100;
        if (at->refused != outcome.refused && !may_be_full && !may_be_late) {
            throw failure{fmt::format("the claim is refused with {}, not {}", at->refused, outcome.refused)};
        }
        return;
    }
    begin(wanted, outcome, at, undelivered);
}

/// The session of the stream that began, as the claim must have it.
session_handle player::session_of(claim_outcome const& outcome, connection const& at)
{
    auto s = outcome.session;
    if (!s) {
        bool const is_drawn = outcome.new_id.empty();
        if (is_drawn ? !parse_session_id(at.session) || find(at.session) : at.session != outcome.new_id) {
            throw failure{fmt::format("the new session is {}, not '{}'", at.session, outcome.new_id)};
        }
        s = begin_session(at.session);
    } else if (at.session != s->id) {
        throw failure{fmt::format("the stream is of session {}, not of {}", at.session, s->id)};
    }
    return s;
}

void player::end_earlier_streams(session_handle const& s)
{
    for (auto const& t : streams_) {
        if (t->session == s && !t->ends) {
            // A connection whose peer has left is none for the client; the hub may close its own end a moment later.
            if (!t->at->peer.closed_by_hub() && !t->at->peer.peer_gone()) {
                throw failure{"a session has two connections: " + s->id};
            }
            t->ends = true;
            let_go(*t);
        }
    }
}

/// What the client's last id and its interest change in what is known of the session.
void player::note_place(session_record& s, opening const& o, bool is_new, interest const& wants)
{
    for (auto& sent : s.sent) {
        auto const& type = events_.at(sent.place).type;
        sent.refiltered = sent.refiltered || wants.wants(type) != s.wants.wants(type);
        sent.unsure = sent.unsure || sent.refiltered || (!o.places.empty() && sent.place > o.places.front());
        // A client that names it, or one after it, says that it has it, from wherever.
        sent.unsure = sent.unsure || (!o.places.empty() && !sent.written && sent.place <= o.places.back());
    }
    if (!o.places.empty()) {
        s.passed_surely = is_new ? o.places.front() : std::min(s.passed_surely, o.places.front());
        s.passed_at_most = is_new ? o.places.back() : s.passed_at_most;
    }
    if (o.unplaced) {
        s.passed_surely = 0;
        s.passed_at_most = o.places.empty() ? 0 : o.places.back();
    }
    if (o.since && o.places.empty()) {
        // It begins before the oldest that is held.
        s.passed_surely = 0;
        s.passed_at_most = 0;
        while (s.passed_at_most != o.head && !(events_.is_for(s.passed_at_most + 1, *o.session, o.wants, o.view) &&
                                               surely_held(events_, o, s.passed_at_most + 1))) {
            ++s.passed_at_most;
        }
    }
    if (is_new) {
        s.position_wants = wants;
    }
    s.last_written = 0;
    if (s.wants != wants) {
        s.unbroken_from = events_.head();
    }
    s.wants = wants;
}

void player::begin(wanted_stream const& wanted, claim_outcome const& outcome, std::shared_ptr<connection> at,
                   std::uint64_t undelivered_before)
{
    read_streams();
    auto const s = session_of(outcome, *at);
    end_earlier_streams(s);
    // Of the interest, what the request does not name stays; rights are those of the newest claim.
    auto wants = wanted.wants;
    if (outcome.session && wants.asked.empty()) {
        wants.asked = s->wants.asked;
    }
    if (outcome.session && wants.topics.empty() && wants.patterns.empty()) {
        wants.topics = s->wants.topics;
        wants.patterns = s->wants.patterns;
    }
    bool const since = !since_of(wanted, outcome).empty();
    bool const same_topics = wants.topics == s->wants.topics && wants.patterns == s->wants.patterns;
    wants.topicless_after = since ? events_.head() : same_topics ? s->wants.topicless_after : 0;
    auto o = make_opening(wanted, outcome, wants);
    o.session = s;
    o.handle = hub_.broker().handle_of(*parse_session_id(s->id));
    o.undelivered_maybe = undelivered_before;
    o.undelivered_surely = newest_undelivered(s.get(), true);
    o.passed_surely = s->passed_surely;
    o.passed_at_most = s->passed_at_most;
    o.wanted_before = s->position_wants;
    o.wanted_then = s->wants;
    o.counted = s->ended_in_log && s->wants == s->position_wants;
    o.untold = s->untold;
    s->untold = true;
    add_held(o);
    if (o.resumed) {
        o.reconnections = ++s->reconnections;
        s->recent.push_back(clock_now());
    }
    // A minted session's first client says where it is, even if it never hears the answer.
    bool const says_place = !wanted.last_id.empty() || !o.places.empty();
    note_place(*s, o, !outcome.session || (!s->claimed && says_place), wants);
    s->agent = wanted.agent;
    s->claimed = s->connected = true;
    auto t = std::make_unique<stream>();
    t->at = std::move(at);
    t->session = s;
    t->check = std::make_shared<stream_check>(events_, settings_, std::move(o));
    t->check->expect_head({.http_1_1 = wanted.http_1_1, .sets_cookie = outcome.sets_cookie});
    streams_.push_back(std::move(t));
}

/// From where on the stream gets what the log holds; empty: it does not. A new one of a closed topic gets all.
std::string player::since_of(wanted_stream const& wanted, claim_outcome const& outcome) const
{
    if (!wanted.last_id.empty() || !settings_.config.sessions.reconnection) {
        return {};
    }
    bool const gets_all = wanted.since.empty() && !outcome.session && closed_topic_of(wanted, nullptr);
    return gets_all ? "earliest" : wanted.since;
}

opening player::make_opening(wanted_stream const& wanted, claim_outcome const& outcome, interest const& wants) const
{
    opening o;
    o.wants = wants;
    o.session = outcome.session;
    o.resumed = outcome.session && outcome.session->claimed;
    o.head = events_.head();
    o.view = {.through = o.head, .at = std::chrono::system_clock::now()};
    o.ends_behind = closed_topic_of(wanted, outcome.session) ? o.head : 0;
    if (auto const since = since_of(wanted, outcome); !since.empty()) {
        o.since = true;
        place_last_id(o, since);
        o.written = false;
        return o;
    }
    place_last_id(o, wanted.last_id);
    bool const placed_or_absent = !o.places.empty() || wanted.last_id.empty();
    if (o.resumed) {
        o.maybe_gone = o.written && !wanted.last_id.empty();
        o.written = o.written || o.places.empty();
    } else if (wanted.last_id.empty()) {
        o.live = !outcome.session;
        o.written = static_cast<bool>(outcome.session);
    } else {
        o.unplaced = o.written || !placed_or_absent;
        o.written = false;
    }
    return o;
}

/// Finds the places that the client's last id may name. Whether it may name none is left in `written`.
void player::place_last_id(opening& o, std::string const& last_id) const
{
    if (last_id.empty()) {
        return;
    }
    if (auto const id = parse_event_id(last_id)) {
        if (id->hi == events_.hi() && id->lo <= o.head) {
            o.places.push_back(id->lo);
        }
        return;
    }
    place_own_id(o, last_id);
    std::ranges::sort(o.places);
}

/// "Given twice, it names, for a session that resumes, the latest that was written to it, else the earliest still in
/// the log."
void player::place_own_id(opening& o, std::string const& own_id) const
{
    std::vector<std::uint64_t> all;
    for (std::uint64_t p = 1; p <= o.head; ++p) {
        if (events_.at(p).own_id == own_id) {
            all.push_back(p);
        }
    }
    auto const surely_in_log = [&](std::uint64_t p) {
        return p >= events_.broadcasts_held_from() && (events_.at(p).is_broadcast || p >= events_.sent_held_from());
    };
    if (o.resumed) {
        auto const& written = o.session->written;
        for (auto const p : std::views::reverse(all)) {
            if (std::ranges::find(written, p) == written.end()) {
                continue;
            }
            o.places.push_back(p);
            // Of what was written last the hub may not know; then it is the one before. What the hub can no longer tell
            // of is the earliest instead: events come twice, and none is lost.
            bool const is_kept = events_.at(p).is_broadcast || is_among_newest_sent(*o.session, p);
            // What was let go may have been left out of a replay, for all that the hub knows.
            bool const is_known = p <= o.session->passed_surely && !events_.at(p).is_perishable();
            if (is_known && surely_in_log(p) && is_kept && p > o.session->unbroken_from) {
                return;
            }
            if (is_known) {
                break;
            }
        }
    }
    for (auto const p : all) {
        o.places.push_back(p);
        // One that was never for the session does not count, unless the session has passed it.
        bool const may_be_for_others = o.resumed && p > o.session->passed_surely;
        if (surely_in_log(p)) {
            o.written = o.written || may_be_for_others;
            return;
        }
    }
    o.written = true;
}

bool player::is_among_newest_sent(session_record const& s, std::uint64_t place) const
{
    auto const after = std::ranges::count_if(s.sent, [place](sent_event const& e) { return e.place > place; });
    return static_cast<std::size_t>(after) < settings_.replay_limit();
}

void player::add_held(opening& o) const
{
    o.broadcasts_held_from = events_.broadcasts_held_from();
    auto left = settings_.replay_limit();
    auto const& sent = o.session->sent;
    for (auto it = sent.rbegin(); it != sent.rend() && left != 0 && it->place >= events_.sent_held_from();
         ++it, --left) {
        if (it->wanted && !it->refiltered) {
            o.sent_held.push_back(it->place);
        }
    }
    std::ranges::reverse(o.sent_held);
}

/// The newest event that was sent to another session and is surely, or maybe, not delivered to it.
std::uint64_t player::newest_undelivered(session_record const* but, bool surely) const
{
    std::uint64_t newest = 0;
    for (auto const& s : sessions_) {
        if (s.get() == but) {
            continue;
        }
        for (auto const& sent : s->sent) {
            bool const is_one =
                surely ? sent.wanted && !sent.written && !sent.unsure && !sent.refiltered && !sent.doubtful
                       : (sent.wanted || sent.refiltered) && (!sent.known_written || sent.unsure || sent.doubtful);
            newest = is_one ? std::max(newest, sent.place) : newest;
        }
    }
    return newest;
}

} // namespace sluice::model
