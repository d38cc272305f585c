#include <sluice/fan_out/shard.hpp>

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace sluice {

result<session_id> shard::mint()
{
    if (shared_->stopping.load()) {
        return make_error_code(errc::stopped);
    }
    if (!shared_->config.sessions.reconnection) {
        return make_error_code(errc::reconnection_off);
    }
    catch_up();
    auto const made = begin_session(instant::now(), true);
    return made.has_error() ? result<session_id>{made.error()} : result<session_id>{(*made)->id()};
}

std::vector<session_id> shard::known_among(std::span<session_id const> ids)
{
    auto const now = instant::now();
    std::vector<session_id> known;
    std::ranges::copy_if(ids, std::back_inserter(known),
                         [&](session_id id) { return sessions_.get(id, now) != nullptr; });
    return known;
}

std::optional<bool> shard::disconnect(session_id id)
{
    auto const s = sessions_.get(id, instant::now());
    if (!s) {
        return std::nullopt;
    }
    bool const was_active = s->active();
    if (was_active) {
        s->current_client()->end(end_reason::disconnected);
    }
    return was_active;
}

bool shard::remove(session_id id)
{
    auto const s = sessions_.get(id, instant::now());
    if (!s) {
        return false;
    }
    if (s->active()) {
        s->current_client()->end(end_reason::removed);
    }
    sessions_.remove(*s);
    return true;
}

std::size_t shard::remove_all(std::string const& subject)
{
    session_query wanted;
    wanted.limit = std::numeric_limits<std::size_t>::max();
    wanted.subject = subject;
    auto const found = sessions_.list(wanted, instant::now());
    for (auto const& s : found) {
        (void)remove(s->id());
    }
    return found.size();
}

std::vector<session_info> shard::list(session_query const& wanted)
{
    std::vector<session_info> found;
    for (auto const& s : sessions_.list(wanted, instant::now())) {
        found.push_back(describe(*s));
    }
    return found;
}

std::optional<session_info> shard::find(session_id id)
{
    auto const s = sessions_.get(id, instant::now());
    return s ? std::optional{describe(*s)} : std::nullopt;
}

void shard::on_expired(session const& s)
{
    counters_[counted::sessions_expired].add(1);
    tell([&](observer& o) {
        auto const waiting = std::min<std::uint64_t>(s.held_after(s.at), shared_->config.sessions.buffer_size);
        o.on_session_expired(handle_of(s.id()), waiting);
    });
}

session_info shard::describe(session const& s) const
{
    bool const waits = s.active() && s.current_client()->channel().waiting();
    auto const at = waits ? window_.head() : s.at;
    auto const held = waits ? 0 : s.held_after(at);
    auto const& limits = shared_->config.sessions;
    auto meta = s.meta();
    return {.id = to_string(s.id()),
            .handle = handle_of(s.id()),
            .active = s.active(),
            .created = s.created(),
            .last_seen = s.last_seen,
            .reconnections = s.reconnections,
            .buffered = s.active() ? held : std::min<std::uint64_t>(held, limits.buffer_size),
            .lag = window_.head().sequence - at.sequence,
            .last_event_id = to_string(event_id{.hi = window_.epoch(), .lo = at.sequence}),
            .address = std::move(meta.remote_address),
            .subject = std::move(meta.subject),
            .user_agent = std::move(meta.user_agent),
            .client_version = std::move(meta.client_version),
            .types = std::move(meta.subscriptions)};
}

} // namespace sluice
