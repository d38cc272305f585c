#pragma once

#include <sluice/config.hpp>
#include <sluice/fan_out/follower.hpp>
#include <sluice/fan_out/window.hpp>
#include <sluice/limits.hpp>
#include <sluice/session/session_manager.hpp>

#include <fixtures.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::test {

/// A connection that does nothing: what a session manager sees of one.
class test_connection final : public follower {
public:
    explicit test_connection(session_ptr s) : follower{std::move(s)} {}
    void end(end_reason /*reason*/) override {}
    void abort() noexcept override {}
};

/// A log, the sessions over it, and a clock that the test moves.
///
/// Events are written as a string, one character each: a small letter is a broadcast of that type, a capital
/// letter one that is sent to the session `to`, its type the small letter.
class session_log {
public:
    explicit session_log(broker_config const& config = {})
        : in_force{limits::of(config)},
          log{config.log, epoch},
          manager{config.sessions, in_force, log, [this] { return session_id{.high = 1, .low = ++last_id_}; }, all}
    {
    }

    void publish(std::string_view kinds, session* to = nullptr, std::uint64_t pending_limit = ~std::uint64_t{0})
    {
        for (char const kind : kinds) {
            bool const targeted = kind >= 'A' && kind <= 'Z';
            sample s{.type = std::string(1, static_cast<char>(kind | 0x20))};
            if (targeted) {
                s.targets = {to->id()};
            }
            auto const f = stamped(log.head() + 1, std::move(s));
            log.append(f);
            if (targeted) {
                pending_ok = manager.buffer_event(*to, *f, pending_limit);
            }
        }
    }

    /// A new session that follows from the log's head on, with a filter unless there are no types.
    session_ptr make_session(std::vector<std::string> types = {})
    {
        auto s = *manager.create(now, false);
        session_meta meta;
        meta.subscriptions = std::move(types);
        (void)manager.join(*s, std::move(meta), "");
        return s;
    }

    /// The session gets a connection.
    void connect(session& s, instant when)
    {
        connections_.push_back(std::make_unique<test_connection>(session_ptr{&s}));
        manager.connect(s, *connections_.back(), when);
    }
    void connect(session& s) { connect(s, now); }

    /// The id of the event with the sequence.
    [[nodiscard]] static std::string id(std::uint64_t sequence) { return to_string(event_id{epoch, sequence}); }

    std::atomic<std::size_t> all{0};
    live_limits in_force;
    window log;
    session_manager manager;
    instant now = at_time({});
    bool pending_ok = true;

private:
    std::uint64_t last_id_ = 0;
    std::vector<std::unique_ptr<test_connection>> connections_;
};

/// The limits of the test: few events in the log, fewer for a session.
[[nodiscard]] inline broker_config small_limits(std::size_t log_events, std::size_t buffer_size)
{
    broker_config c;
    c.log.max_events = log_events;
    c.sessions.buffer_size = buffer_size;
    return c;
}

} // namespace sluice::test
