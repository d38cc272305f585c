#include "operation.hpp"

#include <array>
#include <numeric>

namespace sluice::model {
namespace {

struct share {
    action what;
    std::size_t weight;
};

constexpr std::array shares{
    share{action::publish, 26}, share{action::send, 12},      share{action::connect, 18}, share{action::drop, 9},
    share{action::stall, 6},    share{action::go_on, 8},      share{action::settle, 8},   share{action::work, 10},
    share{action::mint, 2},     share{action::move_clock, 3}, share{action::remove, 1},   share{action::disconnect, 2},
    share{action::list, 1},     share{action::topic, 4},
};

[[nodiscard]] action draw_action(random& r)
{
    constexpr auto all = std::accumulate(shares.begin(), shares.end(), std::size_t{0},
                                         [](std::size_t sum, share const& s) { return sum + s.weight; });
    auto drawn = r.below(all);
    for (auto const& s : shares) {
        if (drawn < s.weight) {
            return s.what;
        }
        drawn -= s.weight;
    }
    return action::settle;
}

} // namespace

std::vector<operation> draw_operations(random& r, std::size_t count)
{
    std::vector<operation> all;
    while (all.size() != count) {
        auto const what = draw_action(r);
        all.push_back({.what = what, .seed = r.next()});
    }
    return all;
}

} // namespace sluice::model
