#pragma once

#include <support/socket.hpp>

#include <atomic>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {

/// The place of an event in the one order, from its id `<hi>-<lo>`.
struct place {
    std::uint64_t hi = 0;
    std::uint64_t lo = 0;
    friend auto operator<=>(const place&, const place&) = default;
};

/// Fails the test when the text is no such id.
place parse_place(std::string_view id);

/// An event that the server has accepted.
struct sent_event {
    place at;
    std::string type;
    std::string data;
    std::vector<std::string> sessions; ///< empty: to all
};

/// The types that are published; a filter is a set of them.
inline const std::vector<std::string> fire_types{"message", "a", "b", "c"};
/// The data of the last events, one of each type in the order of `fire_types`.
inline constexpr std::string_view last_data = "the end";

struct publisher_options {
    endpoint to;
    std::uint64_t seed = 0;
    std::string name;
    std::vector<std::string> sessions; ///< those that it sends to, some at a time
    int events_per_second = 500;       ///< so that the load leaves the readers their share of the machine
};

/// Publishes broadcasts and targeted events, mixed, on one connection, until it is stopped.
std::vector<sent_event> publish_until(const std::atomic<bool>& stopped, const publisher_options& options);

/// One last broadcast of each type.
std::vector<sent_event> publish_last(const endpoint& to);

} // namespace sluice::test
