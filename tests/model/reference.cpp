#include "reference.hpp"

#include "failure.hpp"
#include "prefix_patterns.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ranges>
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

std::string to_text(std::chrono::system_clock::time_point time)
{
    auto const ms = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(time)),
                       ms % 1000);
}

bool interest::wants(std::string const& type) const
{
    bool const may = !allowed || std::ranges::binary_search(*allowed, type);
    return may && (asked.empty() || std::ranges::binary_search(asked, type));
}

bool interest::names_topics() const
{
    return (!topics.empty() || !patterns.empty()) && std::ranges::find(topics, "*") == topics.end();
}

bool interest::wants(published const& p) const
{
    auto const is_about_one = [&p](std::vector<std::string> const& some) {
        return std::ranges::any_of(p.topics, [&some](std::string const& topic) {
            return std::ranges::any_of(some, [&topic](std::string const& name) {
                return name.ends_with('*') ? prefix_patterns::matches(name, topic) : name == topic;
            });
        });
    };
    bool const names_it = p.topics.empty() || is_about_one(topics) || is_about_one(patterns);
    return wants(p.type) && (!names_topics() || names_it) &&
           (!p.is_private || !private_topics || is_about_one(*private_topics));
}

void reference::publish(event const& e, std::vector<session_handle> const& targets,
                        std::chrono::system_clock::time_point time)
{
    published p{.own_id = e.id,
                .type = e.type.empty() ? "message" : e.type,
                .topics = e.topics,
                .is_private = e.is_private,
                .is_broadcast = targets.empty(),
                .targets = {},
                .block = {},
                .time = to_text(time)};
    if (e.ttl) {
        p.expires = time + *e.ttl;
    }
    auto const place = head() + 1;
    p.block = make_block(p.own_id.empty() ? place_id(place) : p.own_id, p.type, e.data);
    for (auto const& s : targets) {
        p.targets.push_back(s.get());
        s->sent.push_back({.place = place, .wanted = s->wants.wants(p.type)});
    }
    events_.push_back(std::move(p));
    if (e.keep != 0) {
        let_go(e.topics.front(), e.keep);
    }
    for (auto const& topic : e.topics) {
        if (e.last) {
            ends_[topic] = place;
        }
    }
    narrow(broadcasts_, true);
    narrow(sent_, false);
}

void reference::add_mark()
{
    published p;
    p.is_broadcast = false;
    p.is_mark = true;
    events_.push_back(std::move(p));
    ++marks_;
    narrow(broadcasts_, true);
    narrow(sent_, false);
}

void reference::close(std::string const& topic)
{
    add_mark();
    ends_[topic] = head();
}

void reference::forget(std::string const& topic)
{
    add_mark();
    let_go(topic, 0);
    ends_.erase(topic);
}

std::optional<std::uint64_t> reference::end_of(std::string const& topic) const
{
    auto const found = ends_.find(topic);
    return found == ends_.end() ? std::nullopt : std::optional{found->second};
}

std::uint64_t reference::last_of(std::string const& topic) const
{
    for (auto place = head(); place != 0; --place) {
        auto const& p = at(place);
        if (p.is_broadcast && std::ranges::find(p.topics, topic) != p.topics.end()) {
            return place;
        }
    }
    return 0;
}

/// The newest event keeps the newest of its canonical topic.
void reference::let_go(std::string const& topic, std::uint32_t most)
{
    for (auto& p : std::views::reverse(events_)) {
        if (p.is_broadcast && !p.topics.empty() && p.topics.front() == topic && p.let_go_by == 0) {
            if (most == 0) {
                p.let_go_by = head();
            } else {
                --most;
            }
        }
    }
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
           settings_.shards * ((1 + p.topics.size()) * index + p.own_id.size() + p.type.size());
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

bool reference::is_for(std::uint64_t place, session_record const& s, interest const& wants,
                       replay_view const& view) const
{
    auto const& p = at(place);
    bool const is_let_go = p.is_broadcast && place <= view.through &&
                           ((p.let_go_by != 0 && p.let_go_by <= view.through) || p.expires <= view.at);
    return !is_let_go && is_for(place, s, wants);
}

bool reference::is_for(std::uint64_t place, session_record const& s, interest const& wants) const
{
    auto const& p = at(place);
    if (p.is_mark) {
        return false;
    }
    if (p.is_broadcast && p.topics.empty() && wants.names_topics() && place <= wants.topicless_after) {
        return false;
    }
    return p.is_broadcast ? wants.wants(p) : wants.wants(p.type) && std::ranges::find(p.targets, &s) != p.targets.end();
}

} // namespace sluice::model
