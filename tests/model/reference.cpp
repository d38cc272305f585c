#include "reference.hpp"

#include "failure.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::model {
namespace {

/// The block by the contract's section 2.
[[nodiscard]] std::string make_block(std::string_view id, std::string_view type, std::string_view data)
{
    auto text = fmt::format("id: {}\n", id);
    if (type != "message") {
        text += fmt::format("event: {}\n", type);
    }
    std::vector<std::string> lines(1);
    for (std::size_t i = 0; i != data.size(); ++i) {
        if (data[i] == '\r' && i + 1 != data.size() && data[i + 1] == '\n') {
            continue;
        }
        if (data[i] == '\r' || data[i] == '\n') {
            lines.emplace_back();
        } else {
            lines.back() += data[i];
        }
    }
    for (auto const& line : lines) {
        text += line.empty() ? "data:\n" : fmt::format("data: {}\n", line);
    }
    return text + "\n";
}

} // namespace

std::string wall_time()
{
    auto const now = std::chrono::system_clock::now();
    auto const ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                       ms % 1000);
}

bool interest::wants(std::string const& type) const
{
    bool const may = !allowed || std::ranges::binary_search(*allowed, type);
    return may && (asked.empty() || std::ranges::binary_search(asked, type));
}

void reference::publish(std::string own_id, std::string type, std::string_view data,
                        std::vector<session_handle> const& targets, std::string time)
{
    published p{.own_id = std::move(own_id),
                .type = type.empty() ? "message" : std::move(type),
                .is_broadcast = targets.empty(),
                .targets = {},
                .block = {},
                .time = std::move(time)};
    auto const place = head() + 1;
    p.block = make_block(p.own_id.empty() ? place_id(place) : p.own_id, p.type, data);
    for (auto const& s : targets) {
        p.targets.push_back(s.get());
        s->sent.push_back({.place = place, .wanted = s->wants.wants(p.type)});
    }
    events_.push_back(std::move(p));
    narrow(broadcasts_, true);
    narrow(sent_, false);
}

/// Takes in the newest event, and lets go of the oldest that may have given way to it.
void reference::narrow(window& w, bool broadcasts) const
{
    auto const counts = [broadcasts](published const& p) { return p.is_broadcast == broadcasts; };
    auto const& newest = events_.back();
    w.events += static_cast<std::size_t>(counts(newest));
    w.cost += cost_of(newest);
    while (w.from != head() && (w.events > settings_.log_events() || w.cost > settings_.config.log.max_bytes)) {
        auto const& oldest = at(w.from++);
        w.events -= static_cast<std::size_t>(counts(oldest));
        w.cost -= cost_of(oldest);
    }
}

/// More than any log needs for an event and its indices.
std::size_t reference::cost_of(published const& p) const noexcept
{
    constexpr std::size_t event = 600;
    constexpr std::size_t index = 300;
    return event + 2 * p.block.size() + 32 * p.targets.size() +
           settings_.shards * (index + p.own_id.size() + p.type.size());
}

std::string reference::place_id(std::uint64_t place) const { return fmt::format("{}-{}", hi_, place); }

std::string reference::id_of(std::uint64_t place) const
{
    auto const& own = at(place).own_id;
    return own.empty() ? place_id(place) : own;
}

void reference::learn_hi(std::uint64_t hi)
{
    if (hi_ != 0 && hi != hi_) {
        throw failure{fmt::format("an id begins with {}, those before with {}", hi, hi_)};
    }
    hi_ = hi;
}

bool reference::is_for(std::uint64_t place, session_record const& s, interest const& wants) const
{
    auto const& p = at(place);
    return wants.wants(p.type) && (p.is_broadcast || std::ranges::find(p.targets, &s) != p.targets.end());
}

} // namespace sluice::model
