#include <sluice/fan_out/shard.hpp>

#include <utility>

namespace sluice {

void shard::attach(client& c)
{
    clients_.push_back(c);
    may_lag(c);
    sessions_.connect(*c.session_, c, instant::now());
}

void shard::detach(client& c)
{
    c.unblocked();
    c.state_hook_.unlink();
    sessions_.disconnect(*c.session_, instant::now());
    shared_->connections.fetch_sub(1, std::memory_order_relaxed);
}

void shard::forget(client& c)
{
    c.all_hook_.unlink();
    report_stopped();
}

bool shard::reserve_connection(bool takes_over) noexcept
{
    // Who takes over brings no more connections than there were.
    auto const before = shared_->connections.fetch_add(1, std::memory_order_relaxed);
    if (takes_over || before < shared_->config.streams.max_connections) {
        return true;
    }
    shared_->connections.fetch_sub(1, std::memory_order_relaxed);
    return false;
}

/// Tells the watcher of a limit that was reached.
error_code shard::report(error_code refusal)
{
    if (shared_->watcher != nullptr) {
        auto const& config = shared_->config;
        bool const is_session = refusal == errc::too_many_sessions;
        shared_->watcher->on_limit(static_cast<errc>(refusal.value()),
                                   is_session ? config.sessions.max_sessions : config.streams.max_connections);
    }
    return refusal;
}

result<std::unique_ptr<client>> shard::connect(connect_request request)
{
    if (shared_->stopping.load()) {
        return make_error_code(errc::stopped);
    }
    // What is published counts as seen before the last id is placed and the session's position is set.
    catch_up();
    auto const now = instant::now();
    auto claimed = claimed_session(request, now);
    if (claimed.has_error()) {
        return claimed.error();
    }
    bool const takes_over = *claimed && (*claimed)->active();
    if (!reserve_connection(takes_over)) {
        return report(errc::too_many_connections);
    }
    if (takes_over) {
        if (shared_->watcher != nullptr) {
            shared_->watcher->on_takeover((*claimed)->meta(), request.meta);
        }
        (*claimed)->current_client()->end(errc::taken_over);
    }
    auto made = attach_session(std::move(*claimed), std::move(request), now);
    if (made.has_error()) {
        shared_->connections.fetch_sub(1, std::memory_order_relaxed);
    }
    return made;
}

result<session_ptr> shard::claimed_session(connect_request const& request, instant now)
{
    auto const id = parse_session_id(request.claim);
    session_ptr s = id && shared_->config.sessions.reconnection ? sessions_.get(*id, now) : nullptr;
    if (!s || !s->claimed()) {
        return s;
    }
    if (auto const ec = sessions_.validate_ownership(*s, request.meta)) {
        counters_.rejected_claims.add(1);
        if (shared_->watcher != nullptr) {
            shared_->watcher->on_claim_rejected(s->meta(), request.meta);
        }
        return ec;
    }
    if (sessions_.refuses_reconnection(*s, now)) {
        return make_error_code(errc::thrashing);
    }
    return s;
}

result<std::unique_ptr<client>> shard::attach_session(session_ptr s, connect_request request, instant now)
{
    if (s && s->claimed()) {
        auto again = sessions_.reconnect(*s, std::move(request.meta), request.last_event_id, now);
        if (again.has_error()) {
            return again.error();
        }
        counters_.reconnections.add(1);
        if (again->thrashing_began) {
            counters_.thrashing_sessions.add(1);
            if (shared_->watcher != nullptr) {
                shared_->watcher->on_session_thrashing(s->meta(), s->recent->times.size());
            }
        }
        return std::make_unique<client>(shared_from_this(), std::move(s), again->plan, true);
    }
    if (!s) {
        auto created = sessions_.create(now, false);
        if (created.has_error()) {
            return report(created.error());
        }
        s = std::move(*created);
    }
    auto const plan = sessions_.join(*s, std::move(request.meta), request.last_event_id);
    return std::make_unique<client>(shared_from_this(), std::move(s), plan, false);
}

void shard::stop(std::function<void()> on_stopped)
{
    on_stopped_.push_back(std::move(on_stopped));
    catch_up();
    for (auto it = clients_.begin(); it != clients_.end();) {
        // Ending resumes the client's coroutine, which may destroy it, but no other.
        (it++)->end(errc::shut_down);
    }
    report_stopped();
}

void shard::abort()
{
    for (auto it = clients_.begin(); it != clients_.end();) {
        auto& c = *it++;
        if (c.owner_ != nullptr) {
            c.owner_->on_abort();
        }
    }
}

void shard::abandon()
{
    for (auto it = clients_.begin(); it != clients_.end();) {
        (it++)->channel_.abandon();
    }
}

void shard::report_stopped()
{
    if (!on_stopped_.empty() && clients_.empty()) {
        sweep_timer_.cancel();
        for (auto const& report : std::exchange(on_stopped_, {})) {
            report();
        }
    }
}

} // namespace sluice
