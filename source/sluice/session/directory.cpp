#include <sluice/session/directory.hpp>

#include <sluice/fan_out/follower.hpp>

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace sluice {

result<session_ptr> directory::begin(instant now, bool minted, std::optional<session_id> id)
{
    auto made = sessions_.create(now, minted, id);
    if (made.has_error()) {
        reports_.limit_reached(errc::too_many_sessions, shared_.in_force.max_sessions());
        return made;
    }
    reports_.session_began(**made, minted);
    return made;
}

std::vector<session_id> directory::known_among(std::span<session_id const> ids)
{
    auto const now = instant::now();
    std::vector<session_id> known;
    std::ranges::copy_if(ids, std::back_inserter(known),
                         [&](session_id id) { return sessions_.get(id, now) != nullptr; });
    return known;
}

std::vector<std::vector<session_id>> directory::sessions_of(std::span<std::string const> subjects) const
{
    auto const now = instant::now();
    std::vector<std::vector<session_id>> found;
    found.reserve(subjects.size());
    for (auto const& subject : subjects) {
        found.push_back(sessions_.ids_of(subject, now));
    }
    return found;
}

std::optional<bool> directory::disconnect(session_id id)
{
    auto const s = sessions_.get(id, instant::now());
    if (!s) {
        return std::nullopt;
    }
    bool const was_active = s->active();
    if (was_active) {
        s->connection()->end(end_reason::disconnected);
    }
    return was_active;
}

bool directory::remove(session_id id)
{
    auto const s = sessions_.get(id, instant::now());
    if (!s) {
        return false;
    }
    if (s->active()) {
        s->connection()->end(end_reason::removed);
    }
    sessions_.remove(*s);
    return true;
}

directory::removed_sessions directory::remove_all(std::string const& subject)
{
    session_query wanted;
    wanted.limit = std::numeric_limits<std::size_t>::max();
    wanted.subject = subject;
    removed_sessions removed;
    for (auto const& s : sessions_.list(wanted, instant::now())) {
        if (s->leaving) {
            removed.leaving.push_back(s->id());
        } else {
            removed.count += remove(s->id()) ? 1U : 0U;
        }
    }
    return removed;
}

std::vector<session_info> directory::list(session_query const& wanted)
{
    std::vector<session_info> found;
    for (auto const& s : sessions_.list(wanted, instant::now())) {
        found.push_back(describe(*s));
    }
    return found;
}

std::optional<session_info> directory::find(session_id id)
{
    auto const s = sessions_.get(id, instant::now());
    return s ? std::optional{describe(*s)} : std::nullopt;
}

session_info directory::describe(session const& s) const
{
    auto const& log = s.window();
    bool const waits = s.active() && s.connection()->waits();
    auto const at = waits ? log.head() : s.at;
    auto const held = waits ? 0 : s.held_after(at);
    auto meta = s.meta();
    return {.id = to_string(s.id()),
            .handle = reports_.handle_of(s),
            .active = s.active(),
            .created = s.created(),
            .last_seen = s.last_seen,
            .reconnections = s.reconnections,
            .buffered = s.active() ? held : std::min<std::uint64_t>(held, shared_.config.sessions.buffer_size),
            .lag = log.head() - at,
            .last_event_id = to_string(event_id{.hi = log.epoch(), .lo = at}),
            .address = std::move(meta.remote_address),
            .subject = std::move(meta.grant.subject),
            .user_agent = std::move(meta.user_agent),
            .client_version = std::move(meta.client_version),
            .types = std::move(meta.subscriptions),
            .topics = std::move(meta.topics),
            .topic_patterns = std::move(meta.topic_patterns),
            .private_topics = std::move(meta.grant.private_topics),
            .grant_expires = meta.grant.expires};
}

} // namespace sluice
