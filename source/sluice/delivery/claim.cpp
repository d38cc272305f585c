#include <sluice/delivery/claim.hpp>

#include <sluice/fan_out/shard.hpp>
#include <sluice/undo.hpp>

#include <algorithm>
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
    for (auto i = s.targeted.first_after(plan.before.at);
         i != s.targeted.size() && s.targeted[i].sequence() <= plan.from; ++i) {
        newest = s.wants(s.targeted[i].type()) ? s.targeted[i].sequence() : newest;
    }
    return newest;
}

class claim {
public:
    claim(shard& here, connect_request const& request) : here_{here}, sessions_{here.sessions()}, request_{request} {}

    /// Judges the claim for another shard's connection.
    [[nodiscard]] result<claim_verdict> judge_for_other();
    [[nodiscard]] claim_attempt run(connect_request& request, bool caught_up, remote_claim* remote);

private:
    [[nodiscard]] error_code start();
    [[nodiscard]] bool comes_after_end(session const* claimed) const;
    [[nodiscard]] bool needs_turn() const;
    [[nodiscard]] result<judgement> judge();
    [[nodiscard]] result<judgement> begin_anew(judgement judged) const;
    [[nodiscard]] error_code take_place(session const* claimed);
    void take_over(session const& s);
    [[nodiscard]] session_copy const* copy() const noexcept;
    [[nodiscard]] result<std::unique_ptr<client>> attach(connect_request& request, judgement judged);
    [[nodiscard]] result<std::unique_ptr<client>> adopt(connect_request& request, claim_verdict& v);
    [[nodiscard]] result<std::unique_ptr<client>> begin(connect_request& request, session_ptr minted,
                                                        judgement const& judged);
    [[nodiscard]] result<std::unique_ptr<client>> resume(connect_request& request, session_ptr s, bool brings_cookie);
    [[nodiscard]] bool others_may_lack(bool begins) const;
    [[nodiscard]] left_behind moving() const noexcept;

    shard& here_;
    session_manager& sessions_;
    connect_request const& request_;
    remote_claim* remote_ = nullptr;
    connection_place place_{};
    instant now_{};
};

error_code claim::start()
{
    if (here_.shared().stopping.load()) {
        return errc::stopped;
    }
    if (!here_.may_run()) {
        return errc::wrong_executor;
    }
    // Take what is published before the last id is placed and the session's position is set.
    here_.catch_up();
    now_ = instant::now();
    return {};
}

/// Whether the client has seen the end of the one topic that it asks for, or that its session asks for.
bool claim::comes_after_end(session const* claimed) const
{
    if (request_.last_event_id.empty()) {
        return false;
    }
    auto const& w = here_.window();
    auto const& topics = request_.meta.topics;
    bool const names_any = !topics.empty() || !request_.meta.topic_patterns.empty();
    bool const names_one = !topics.empty() && request_.meta.topic_patterns.empty() &&
                           std::ranges::all_of(topics, [&](auto const& topic) { return topic == topics.front(); });
    auto const* const topic = names_one               ? w.audience().topics().find(topics.front())
                              : names_any || !claimed ? nullptr
                                                      : claimed->interest().only_topic();
    auto const end = w.end_of(topic);
    return end && w.find(request_.last_event_id) >= end;
}

/// Whether the claim has to take its turn first: without it, a session is claimed only at its home, while it lives
/// there.
bool claim::needs_turn() const
{
    auto const id = parse_session_id(request_.claim);
    auto const& shared = here_.shared();
    if (!id || !shared.config.sessions.reconnection) {
        return false;
    }
    return home_of(*id, shared.shard_count) != here_.index() || here_.registry().is_elsewhere(*id) ||
           here_.registry().is_taken(*id);
}

result<claim_verdict> claim::judge_for_other()
{
    if (auto const ec = start()) {
        return ec;
    }
    auto judged = judge();
    if (judged.has_error()) {
        return judged.error();
    }
    claim_verdict v{.new_id = judged->new_id, .brings_cookie = judged->brings_cookie};
    if (auto const& s = judged->session) {
        if (auto const ec = take_place(s.get())) {
            return ec;
        }
        v.present = here_.hold_present(*s);
        take_over(*s);
        v.place = std::move(place_);
        v.session = std::make_unique<session_copy>(sessions_.copy(*s, now_));
        v.from = {.shard = here_.index(),
                  .undelivered = sessions_.newest_undelivered(),
                  .undelivered_by_others = sessions_.newest_undelivered(s.get())};
    }
    return v;
}

claim_attempt claim::run(connect_request& request, bool caught_up, remote_claim* remote)
{
    remote_ = remote;
    if (auto const ec = start()) {
        return {.made = ec};
    }
    if (remote == nullptr && needs_turn()) {
        return {.step = claim_step::take_turn};
    }
    auto* const v = remote != nullptr && remote->judged ? &*remote->judged : nullptr;
    auto judged =
        v != nullptr ? result<judgement>{judgement{.new_id = v->new_id, .brings_cookie = v->brings_cookie}} : judge();
    if (judged.has_error()) {
        return {.made = judged.error()};
    }
    auto const* const arriving = copy();
    bool const begins = arriving != nullptr ? !arriving->claimed : !judged->session || !judged->session->claimed();
    if (!caught_up && others_may_lack(begins)) {
        return {.step = claim_step::catch_up};
    }
    if (arriving != nullptr) {
        place_ = std::move(v->place);
    } else if (auto const ec = take_place(judged->session.get())) {
        return {.made = ec};
    }
    if (judged->session) {
        take_over(*judged->session);
    }
    auto made = arriving != nullptr ? adopt(request, *v) : attach(request, std::move(*judged));
    here_.reports().counters()[counted::requests_cut].add(sessions_.take_cut_requests());
    return {.made = std::move(made)};
}

/// Judges a claim for which a new session begins.
result<judgement> claim::begin_anew(judgement judged) const
{
    return comes_after_end(nullptr) ? result<judgement>{errc::topic_closed} : std::move(judged);
}

result<judgement> claim::judge()
{
    auto const id = parse_session_id(request_.claim);
    if (!id || !here_.shared().config.sessions.reconnection) {
        return begin_anew({});
    }
    bool const ambient = request_.kind == claim_kind::ambient;
    session_ptr s = sessions_.get(*id, now_);
    if (!s) {
        return begin_anew({.session = nullptr, .new_id = ambient ? std::nullopt : id});
    }
    auto const ec = sessions_.validate_session_ownership(*s, request_.meta);
    if (ambient && (ec || s->active() || !s->asks_for_the_same(request_.meta))) {
        return begin_anew({.session = nullptr, .new_id = {}, .brings_cookie = true});
    }
    if (ec) {
        here_.reports().claim_rejected(*s, request_.meta);
        return ec;
    }
    if (sessions_.refuses_reconnection(*s, now_)) {
        return make_error_code(errc::thrashing);
    }
    if (comes_after_end(s.get())) {
        return make_error_code(errc::topic_closed);
    }
    return judgement{.session = std::move(s), .new_id = {}, .brings_cookie = ambient};
}

/// The session is null where a new one begins.
error_code claim::take_place(session const* claimed)
{
    place_ = connection_place{here_.share()};
    auto const most = here_.shared().in_force.max_connections();
    // A takeover does not increase the number of connections.
    bool const takes_over = claimed != nullptr && claimed->active();
    if (!takes_over && place_.before() >= most) {
        here_.reports().limit_reached(errc::too_many_connections, most);
        return errc::too_many_connections;
    }
    return {};
}

void claim::take_over(session const& s)
{
    if (s.active()) {
        here_.reports().taken_over(s, request_.meta);
        s.connection()->end(end_reason::taken_over);
    }
}

/// The copy of the session that moves here; null if none does.
session_copy const* claim::copy() const noexcept
{
    return remote_ != nullptr && remote_->judged ? remote_->judged->session.get() : nullptr;
}

left_behind claim::moving() const noexcept { return copy() != nullptr ? remote_->judged->from : left_behind{}; }

result<std::unique_ptr<client>> claim::attach(connect_request& request, judgement judged)
{
    auto s = std::move(judged.session);
    return s && s->claimed() ? resume(request, std::move(s), judged.brings_cookie)
                             : begin(request, std::move(s), judged);
}

/// Continues a session that lives on another shard, which forgets it once this one has it.
result<std::unique_ptr<client>> claim::adopt(connect_request& request, claim_verdict& v)
{
    auto const s = sessions_.adopt(std::move(*v.session));
    undo adopted{[&] {
        sessions_.release(s->id());
        here_.tell_undelivered();
    }};
    here_.tell_undelivered();
    auto made = attach(request, {.session = s, .new_id = {}, .brings_cookie = v.brings_cookie});
    if (made.has_error()) {
        return made;
    }
    undo attached{[&] { made = make_error_code(errc::no_memory); }};
    // Before the session is not present where it comes from any more.
    here_.tell_presence();
    here_.settle_here(s->id(), v.from.shard, remote_->turn);
    attached.keep();
    adopted.keep();
    remote_->turn.reset();
    return made;
}

/// The first connection of a minted session, or of a new one if that is null.
result<std::unique_ptr<client>> claim::begin(connect_request& request, session_ptr minted, judgement const& judged)
{
    auto s = std::move(minted);
    bool const is_new = s == nullptr;
    bool const may_have_missed = !is_new || !request.last_event_id.empty() || !request.since.empty();
    if (is_new) {
        auto created = here_.directory().begin(now_, false, judged.new_id);
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
    auto plan = sessions_.join(*s, std::move(request.meta), request.last_event_id, request.since, request.manners);
    if (!request.last_event_id.empty() &&
        (sessions_.newest_undelivered(s.get()) > plan.told || here_.sent().others_lack_after(plan.told, moving()))) {
        // It may have been sent to the client's earlier session.
        plan.dropped.reset();
        plan.before.unwritten_lost.reset();
    }
    auto made = std::make_unique<client>(
        here_.shared_from_this(), s, plan,
        arrival{.resumed = false, .brings_cookie = judged.brings_cookie, .manners = request.manners});
    place_.keep();
    if (is_new && remote_ != nullptr && judged.new_id) {
        undo begun{[&made] { made = nullptr; }};
        here_.settle_here(s->id(), here_.index(), remote_->turn);
        begun.keep();
        remote_->turn.reset();
    }
    session_begun.keep();
    here_.note_lost(newest_passed_over(*s, plan));
    if (may_have_missed) {
        here_.reports().replay_began(plan);
    }
    return made;
}

result<std::unique_ptr<client>> claim::resume(connect_request& request, session_ptr s, bool brings_cookie)
{
    undo moved{[this, &s] { sessions_.note_moved(*s); }};
    auto again = sessions_.reconnect(*s, std::move(request.meta), request.last_event_id, now_, request.since);
    if (again.has_error()) {
        moved.keep();
        return again.error();
    }
    auto made =
        std::make_unique<client>(here_.shared_from_this(), s, again->plan,
                                 arrival{.resumed = true, .brings_cookie = brings_cookie, .manners = request.manners});
    place_.keep();
    moved.keep();
    here_.note_lost(newest_passed_over(*s, again->plan));
    here_.reports().counters()[counted::reconnections].add(1);
    here_.reports().replay_began(again->plan);
    if (again->thrashing_began) {
        here_.reports().thrashing(*s);
    }
    return made;
}

/// Whether what a new session has missed depends on events that other shards have yet to write, so that it may be known
/// a moment later.
bool claim::others_may_lack(bool begins) const
{
    if (!begins || here_.shared().shard_count == 1 || request_.last_event_id.empty()) {
        return false;
    }
    auto const sequence = here_.window().find(request_.last_event_id);
    return sequence && here_.sent().others_lack_after(*sequence, moving());
}

} // namespace

result<claim_verdict> judge_claim(shard& there, connect_request const& request)
{
    result<claim_verdict> judged{errc::no_memory};
    try {
        judged = claim{there, request}.judge_for_other();
    } catch (std::bad_alloc const&) {
        there.reports().memory_short();
    }
    if (judged.has_error()) {
        there.reports().stream_refused(judged.error());
    }
    return judged;
}

claim_attempt claim_session(shard& here, connect_request& request, bool caught_up, remote_claim* remote)
{
    claim_attempt a;
    try {
        a = claim{here, request}.run(request, caught_up, remote);
    } catch (std::bad_alloc const&) {
        here.reports().memory_short();
    }
    if (a.step != claim_step::done) {
        return a;
    }
    if (a.made.has_error()) {
        here.reports().stream_refused(a.made.error());
    } else {
        auto const& c = **a.made;
        here.reports().stream_opened(c.session(),
                                     {.resumed = c.resumed(), .replay = c.plan().replay, .dropped = c.plan().dropped});
    }
    return a;
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
