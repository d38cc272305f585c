#include <sluice/delivery/claim.hpp>

#include <sluice/fan_out/shard.hpp>
#include <sluice/undo.hpp>

#include <new>
#include <optional>
#include <utility>

namespace sluice {
namespace {

/// The result of judging a claim.
struct judgement {
    /// The session to continue; null for a new one.
    session_ptr session{};
    /// The id under which a new one begins; nothing if the id is to be drawn.
    std::optional<session_id> new_id{};
    /// Whether the request has the cookie of a known session.
    bool brings_cookie = false;
};

/// The sequence of the newest event that was sent to the session and that the plan passes over: it was never written,
/// and will not be. 0 if there is none.
[[nodiscard]] std::uint64_t newest_passed_over(session const& s, replay_plan const& plan)
{
    std::uint64_t newest = 0;
    for (auto i = s.targeted.first_after(plan.before.at.sequence);
         i != s.targeted.size() && s.targeted[i].sequence() <= plan.from.sequence; ++i) {
        newest = s.wants(s.targeted[i].type()) ? s.targeted[i].sequence() : newest;
    }
    return newest;
}

class claim {
public:
    claim(shard& home, connect_request& request, bool caught_up)
        : home_{home}, shared_{home.shared()}, sessions_{home.sessions()}, request_{request}, caught_up_{caught_up}
    {
    }

    [[nodiscard]] result<std::unique_ptr<client>> run();

private:
    [[nodiscard]] result<judgement> judge();
    [[nodiscard]] result<std::unique_ptr<client>> attach(judgement judged);
    [[nodiscard]] result<std::unique_ptr<client>> begin(session_ptr minted, judgement const& judged);
    [[nodiscard]] result<std::unique_ptr<client>> resume(session_ptr s, bool brings_cookie);
    [[nodiscard]] bool others_may_lack(session const* joined) const;

    shard& home_;
    shared_state& shared_;
    session_manager& sessions_;
    connect_request& request_;
    bool caught_up_;
    instant now_{};
};

result<std::unique_ptr<client>> claim::run()
{
    if (shared_.stopping.load()) {
        return make_error_code(errc::stopped);
    }
    if (!home_.may_run()) {
        return make_error_code(errc::wrong_executor);
    }
    // Take what is published before the last id is placed and the session's position is set.
    home_.catch_up();
    now_ = instant::now();
    auto judged = judge();
    if (judged.has_error()) {
        return judged.error();
    }
    auto const& claimed = judged->session;
    if (!caught_up_ && others_may_lack(claimed.get())) {
        return std::unique_ptr<client>{};
    }
    bool const takes_over = claimed && claimed->active();
    auto const connections = shared_.connections.fetch_add(1, std::memory_order_relaxed);
    undo reservation{[this] { shared_.connections.fetch_sub(1, std::memory_order_relaxed); }};
    // A takeover does not increase the number of connections.
    if (!takes_over && connections >= shared_.in_force.max_connections()) {
        home_.reports().limit_reached(errc::too_many_connections, shared_.in_force.max_connections());
        return make_error_code(errc::too_many_connections);
    }
    if (takes_over) {
        home_.reports().taken_over(*claimed, request_.meta);
        claimed->connection()->end(end_reason::taken_over);
    }
    auto made = attach(std::move(*judged));
    home_.reports().counters()[counted::requests_cut].add(sessions_.take_cut_requests());
    if (made.has_value()) {
        reservation.keep();
    }
    return made;
}

result<judgement> claim::judge()
{
    auto const id = parse_session_id(request_.claim);
    if (!id || !shared_.config.sessions.reconnection) {
        return judgement{};
    }
    bool const ambient = request_.kind == claim_kind::ambient;
    session_ptr s = sessions_.get(*id, now_);
    if (!s) {
        return judgement{.session = nullptr, .new_id = ambient ? std::nullopt : id};
    }
    auto const ec = sessions_.validate_session_ownership(*s, request_.meta);
    if (ambient && (ec || s->active() || !s->asks_for(request_.meta.subscriptions))) {
        return judgement{.session = nullptr, .new_id = {}, .brings_cookie = true};
    }
    if (ec) {
        home_.reports().claim_rejected(*s, request_.meta);
        return ec;
    }
    if (sessions_.refuses_reconnection(*s, now_)) {
        return make_error_code(errc::thrashing);
    }
    return judgement{.session = std::move(s), .new_id = {}, .brings_cookie = ambient};
}

result<std::unique_ptr<client>> claim::attach(judgement judged)
{
    auto s = std::move(judged.session);
    return s && s->claimed() ? resume(std::move(s), judged.brings_cookie) : begin(std::move(s), judged);
}

/// The first connection of a minted session, or of a new one if that is null.
result<std::unique_ptr<client>> claim::begin(session_ptr minted, judgement const& judged)
{
    auto s = std::move(minted);
    bool const is_new = s == nullptr;
    bool const may_have_missed = !is_new || !request_.last_event_id.empty();
    if (is_new) {
        auto created = home_.directory().begin(now_, false, judged.new_id);
        if (created.has_error()) {
            return created.error();
        }
        s = std::move(*created);
    }
    undo session_begun{[&] {
        sessions_.note_moved(*s);
        if (is_new) {
            sessions_.remove(*s);
        }
    }};
    auto plan = sessions_.join(*s, std::move(request_.meta), request_.last_event_id);
    if (!request_.last_event_id.empty() &&
        (sessions_.newest_undelivered(s.get()) > plan.told || home_.sent().others_lack_after(plan.told))) {
        // It may have been sent to the client's earlier session.
        plan.dropped.reset();
        plan.before.unwritten_lost.reset();
    }
    auto made = std::make_unique<client>(home_.shared_from_this(), s, plan,
                                         arrival{.resumed = false, .brings_cookie = judged.brings_cookie});
    session_begun.keep();
    home_.note_lost(newest_passed_over(*s, plan));
    if (may_have_missed) {
        home_.reports().replay_began(plan);
    }
    return made;
}

result<std::unique_ptr<client>> claim::resume(session_ptr s, bool brings_cookie)
{
    undo moved{[this, &s] { sessions_.note_moved(*s); }};
    auto again = sessions_.reconnect(*s, std::move(request_.meta), request_.last_event_id, now_);
    if (again.has_error()) {
        moved.keep();
        return again.error();
    }
    auto made = std::make_unique<client>(home_.shared_from_this(), s, again->plan,
                                         arrival{.resumed = true, .brings_cookie = brings_cookie});
    moved.keep();
    home_.note_lost(newest_passed_over(*s, again->plan));
    home_.reports().counters()[counted::reconnections].add(1);
    home_.reports().replay_began(again->plan);
    if (again->thrashing_began) {
        home_.reports().thrashing(*s);
    }
    return made;
}

/// Whether what a new session has missed depends on events that other shards have yet to write, so that it may be known
/// a moment later.
bool claim::others_may_lack(session const* joined) const
{
    bool const begins = joined == nullptr || !joined->claimed();
    if (!begins || shared_.shard_count == 1 || request_.last_event_id.empty()) {
        return false;
    }
    auto const sequence = home_.window().find(request_.last_event_id);
    return sequence && home_.sent().others_lack_after(*sequence);
}

} // namespace

result<std::unique_ptr<client>> claim_session(shard& home, connect_request& request, bool caught_up)
{
    result<std::unique_ptr<client>> made{errc::no_memory};
    try {
        made = claim{home, request, caught_up}.run();
    } catch (std::bad_alloc const&) {
        home.reports().memory_short();
    }
    if (made.has_error()) {
        home.reports().stream_refused(made.error());
    } else if (auto const& c = *made) {
        home.reports().stream_opened(
            c->session(), {.resumed = c->resumed(), .replay = c->plan().replay, .dropped = c->plan().dropped});
    }
    return made;
}

result<session_id> mint_session(shard& home)
{
    if (home.shared().stopping.load()) {
        return make_error_code(errc::stopped);
    }
    if (!home.shared().config.sessions.reconnection) {
        return make_error_code(errc::reconnection_off);
    }
    home.catch_up();
    auto const made = home.directory().begin(instant::now(), true);
    return made.has_error() ? result<session_id>{made.error()} : result<session_id>{(*made)->id()};
}

} // namespace sluice
