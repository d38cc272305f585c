#pragma once

#include <sluice/event/event_id.hpp>
#include <sluice/event/frame.hpp>
#include <sluice/fan_out/window.hpp>
#include <sluice/instant.hpp>
#include <sluice/session/session.hpp>

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

// So that a failed check prints the values.
inline std::ostream& operator<<(std::ostream& out, event_id const& id) { return out << to_string(id); }

} // namespace sluice

namespace sluice::test {

/// The `hi` of the ids in these tests.
inline constexpr std::uint64_t epoch = 1'700'000'000'000;

/// What an event of a test has; the rest does not matter there.
struct sample {
    std::string type = "message";
    std::string data = "x";
    std::string own_id{};
    std::vector<session_id> targets{};
    std::vector<std::string> topics{};
    bool is_private = false;
};

[[nodiscard]] inline boost::intrusive_ptr<frame> unstamped(sample s = {})
{
    event const e{.id = std::move(s.own_id),
                  .type = std::move(s.type),
                  .data = std::move(s.data),
                  .topics = std::move(s.topics),
                  .is_private = s.is_private};
    return frame::make(e, std::move(s.targets),
                       std::chrono::system_clock::time_point{std::chrono::seconds{1'800'000'000}});
}

[[nodiscard]] inline shared_frame stamped(std::uint64_t sequence, sample s = {})
{
    auto const f = unstamped(std::move(s));
    f->stamp({.hi = epoch, .lo = sequence});
    return f;
}

/// A moment of the clock that the tests move by hand.
[[nodiscard]] inline instant at_time(std::chrono::milliseconds since_start)
{
    return {.steady = std::chrono::steady_clock::time_point{std::chrono::hours{1} + since_start},
            .wall = std::chrono::system_clock::time_point{std::chrono::hours{480'000} + since_start}};
}

/// The sequences of the matching events after the one given, as `session::for_each_after` gives them.
[[nodiscard]] inline std::vector<std::uint64_t> sequences_after(session const& s, std::uint64_t from,
                                                                std::uint64_t until = ~std::uint64_t{0})
{
    std::vector<std::uint64_t> found;
    s.for_each_after(from, until, [&](frame const& f) {
        found.push_back(f.sequence());
        return true;
    });
    return found;
}

} // namespace sluice::test
