#include <sluice/session/interest.hpp>

#include <sluice/undo.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <set>
#include <string>
#include <utility>

namespace sluice {
namespace {

constexpr auto no_sequence = std::numeric_limits<std::uint64_t>::max();

/// Those of the types that are among the allowed ones.
[[nodiscard]] std::vector<std::string> common(std::vector<std::string> types, std::vector<std::string> const& allowed)
{
    std::set<std::string_view> const is_allowed{allowed.begin(), allowed.end()};
    std::erase_if(types, [&](std::string const& type) { return !is_allowed.contains(type); });
    return types;
}

[[nodiscard]] bool is_among(std::span<selector_ptr const> all, selector const* s) noexcept
{
    return s != nullptr && std::ranges::binary_search(all, s, std::ranges::less{}, &selector_ptr::get);
}

/// Adds the selectors of the names behind the others, by address and each once. Returns how many there are.
template <class List>
std::uint32_t add(List& all, selector_index& index, std::vector<std::string> const& names)
{
    auto const begin = static_cast<std::ptrdiff_t>(all.size());
    all.reserve(all.size() + names.size());
    for (auto const& name : names) {
        all.push_back(index.get(name));
    }
    std::sort(all.begin() + begin, all.end());
    all.erase(std::unique(all.begin() + begin, all.end()), all.end());
    return static_cast<std::uint32_t>(all.size() - static_cast<std::size_t>(begin));
}

} // namespace

bool interest::set(session_meta const& m)
{
    auto const& asked = m.subscriptions;
    auto const& may = m.grant.may_subscribe;
    auto const& may_private = m.grant.private_topics;
    bool const by_type = !asked.empty() || !may.is_everything();
    bool const names_any = !m.topics.empty() || !m.topic_patterns.empty();
    bool const by_topic = names_any && std::ranges::find(m.topics, every_topic) == m.topics.end();
    bool const every_private = may_private.is_everything();
    auto& audience = window_->audience();
    named wanted;
    undo taken{[&] { release(wanted); }};
    if (by_type) {
        wanted.types = add(wanted.selectors, audience.types(),
                           may.is_everything() ? asked
                           : asked.empty()     ? may.types()
                                               : common(asked, may.types()));
    }
    auto const list_of = [&](std::vector<std::string> const& patterns) {
        return patterns.empty() ? pattern_list_ptr{}
                                : audience.patterns().get(patterns, audience.topics(), window_->head());
    };
    if (by_topic) {
        window_->know_without_topic();
        wanted.topics = add(wanted.selectors, audience.topics(), m.topics);
        wanted.patterns = list_of(m.topic_patterns);
    }
    add(wanted.selectors, audience.topics(), may_private.topics());
    wanted.allowed_patterns = list_of(may_private.patterns());
    bool const is_same = wanted == named_ && by_type == by_type_ && by_topic == by_topic_ &&
                         (every_private == every_private_ || window_->newest().private_one == 0);
    std::swap(named_, wanted);
    by_type_ = by_type;
    by_topic_ = by_topic;
    every_private_ = every_private;
    return !is_same;
}

void interest::release(named& all) const noexcept
{
    auto& audience = window_->audience();
    // A selector is forgotten by the index that knows it.
    while (!all.selectors.empty()) {
        auto const& s = all.selectors.back();
        auto& index = audience.types().find(s->name()) == s.get() ? audience.types() : audience.topics();
        index.release(s);
        all.selectors.pop_back();
    }
    for (auto* const list : {&all.patterns, &all.allowed_patterns}) {
        if (*list) {
            audience.patterns().release(*list);
            list->reset();
        }
    }
}

bool interest::wants_type(std::string_view type) const noexcept
{
    return !by_type_ || is_among(types(), window_->audience().types().find(type));
}

bool interest::names_topic(std::string_view topic) const noexcept
{
    return is_among(topics(), window_->audience().topics().find(topic));
}

selector& interest::list(std::size_t i) const noexcept
{
    if (i == selector_count()) {
        return named_.patterns->newest();
    }
    if (!by_topic_) {
        return *types()[i];
    }
    return i < named_.topics ? *topics()[i] : *window_->audience().without_topic();
}

/// Whether the lists have between them each broadcast after the sequence that passes.
bool interest::lists_all_after(std::uint64_t sequence) const noexcept
{
    return !named_.patterns || named_.patterns->complete_after() <= sequence;
}

/// Whether the window's broadcast with the index has one of the topics that are asked for, or none.
bool interest::asks_for_topic_of(std::size_t index) const noexcept
{
    auto const& addressing = window_->addressing_of(index);
    auto const is_asked_for = [this](selector const* topic) {
        return is_among(topics(), topic) || (named_.patterns && named_.patterns->matches(*topic));
    };
    if (!by_topic_) {
        return true;
    }
    return addressing.topics == 0 ? (*window_)[index].sequence() > topicless_after_
                                  : window_->audience().any_topic(addressing, is_asked_for);
}

/// Whether the window's broadcast with the index passes.
bool interest::matches(std::size_t index) const noexcept
{
    bool const is_type = !by_type_ || is_among(types(), window_->addressing_of(index).type);
    return is_type && asks_for_topic_of(index) && may_have((*window_)[index]) && !is_let_go(index);
}

/// Whether a broadcast that is in one of the lists passes.
bool interest::passes(frame const& listed) const noexcept
{
    bool const is_left_out = by_topic_ && (!wants_type(listed.type()) ||
                                           (listed.topic_count() == 0 && listed.sequence() <= topicless_after_));
    return !is_left_out && may_have(listed) &&
           (!leaves_out_let_go_after(listed.sequence() - 1) || !is_let_go(window_->first_after(listed.sequence() - 1)));
}

bool interest::may_have(frame const& f) const noexcept
{
    if (every_private_ || !f.is_private()) {
        return true;
    }
    bool allows = false;
    f.for_each_topic([&](std::string_view topic) {
        if (!allows) {
            auto const* const held = window_->audience().topics().find(topic);
            allows = is_among(allowed(), held) || (named_.allowed_patterns && named_.allowed_patterns->matches(*held));
        }
    });
    return allows;
}

interest::cursor interest::cursor_after(std::uint64_t sequence) const noexcept
{
    cursor c{.by_lists = !is_everything() && list_count() <= few_lists && lists_all_after(sequence)};
    if (!c.by_lists) {
        c.index = window_->first_after(sequence);
        return c;
    }
    // What has left the window may still be at the front of a list of patterns.
    auto const held = std::max(sequence, window_->lost_through());
    for (std::size_t i = 0; i != list_count(); ++i) {
        c.in_list[i] = list(i).broadcasts().first_after(held);
    }
    return c;
}

frame const* interest::next(cursor& c) const noexcept
{
    if (c.by_lists) {
        return next_in_few(c);
    }
    if (!is_everything()) {
        return next_in_many(c.index);
    }
    while (c.index < window_->size()) {
        auto const index = c.index++;
        if (auto const& f = (*window_)[index]; may_have(f) && !is_let_go(index)) {
            return &f;
        }
    }
    return nullptr;
}

/// A broadcast with several topics may be in several lists.
frame const* interest::next_in_few(cursor& c) const noexcept
{
    auto const lists = list_count();
    for (;;) {
        auto next = no_sequence;
        frame const* found = nullptr;
        for (std::size_t i = 0; i != lists; ++i) {
            auto const& its = list(i).broadcasts();
            if (c.in_list[i] < its.size() && its.sequence_at(c.in_list[i]) < next) {
                next = its.sequence_at(c.in_list[i]);
                found = &its[c.in_list[i]];
            }
        }
        if (found == nullptr) {
            return nullptr;
        }
        for (std::size_t i = 0; i != lists; ++i) {
            auto const& its = list(i).broadcasts();
            c.in_list[i] += c.in_list[i] < its.size() && its.sequence_at(c.in_list[i]) == next ? 1U : 0U;
        }
        if (passes(*found)) {
            return found;
        }
    }
}

/// Looks at as many broadcasts as there are lists, and then asks the lists: this costs what the fewer do.
frame const* interest::next_in_many(std::size_t& index) const noexcept
{
    while (index < window_->size()) {
        auto const looked_at = std::min(window_->size(), index + list_count() + 1);
        for (; index < looked_at; ++index) {
            if (matches(index)) {
                return &(*window_)[index++];
            }
        }
        index = nearest_listed(index);
    }
    return nullptr;
}

/// The index of the first broadcast from the index on that is in a list; the window's size if there is none.
std::size_t interest::nearest_listed(std::size_t index) const noexcept
{
    if (index == window_->size()) {
        return index;
    }
    auto const before = (*window_)[index].sequence() - 1;
    if (!lists_all_after(before)) {
        return index;
    }
    auto nearest = no_sequence;
    for_each_list([&](selector const& s) {
        auto const& its = s.broadcasts();
        if (auto const first = its.first_after(before); first != its.size()) {
            nearest = std::min(nearest, its.sequence_at(first));
        }
    });
    return nearest == no_sequence ? window_->size() : window_->first_after(nearest - 1);
}

/// Whether its selectors have each broadcast after the sequence that passes once, and no other.
bool interest::selectors_are_exact_after(newest_broadcasts const& of, std::uint64_t sequence) const noexcept
{
    bool const once = !by_topic_ || named_.topics <= 1 || of.with_several_topics <= sequence;
    bool const all = !named_.patterns || of.with_topic <= sequence;
    return may_have_all_after(of, sequence) && of.perishable <= sequence && !(by_type_ && by_topic_) &&
           !leaves_out_topicless_after(sequence) && once && all;
}

std::uint64_t interest::held_after(std::uint64_t sequence) const noexcept
{
    std::uint64_t held = 0;
    if (!selectors_are_exact_after(window_->newest(), sequence)) {
        for (auto c = cursor_after(sequence); next(c) != nullptr;) {
            ++held;
        }
    } else if (is_everything()) {
        held = window_->size() - window_->first_after(sequence);
    } else {
        for (std::size_t i = 0; i != selector_count(); ++i) {
            held += list(i).broadcasts().count_after(sequence);
        }
    }
    return held;
}

std::uint64_t interest::listed_up_to(std::uint64_t sequence) const noexcept
{
    std::uint64_t held = 0;
    for (std::size_t i = 0; i != selector_count(); ++i) {
        held += list(i).broadcasts().first_after(sequence);
    }
    return held;
}

std::uint64_t interest::lost() const noexcept
{
    if (is_everything()) {
        return window_->lost();
    }
    std::uint64_t lost = 0;
    for (std::size_t i = 0; i != selector_count(); ++i) {
        lost += list(i).lost();
    }
    return lost;
}

bool interest::misses_nothing_after(std::uint64_t sequence) const noexcept
{
    if (window_->missed_through() <= sequence) {
        return true;
    }
    if (is_everything() || named_.patterns) {
        return false;
    }
    for (std::size_t i = 0; i != selector_count(); ++i) {
        if (list(i).lost_through() > sequence) {
            return false;
        }
    }
    return true;
}

bool interest::counts_lost_after(std::uint64_t sequence) const noexcept
{
    return selectors_are_exact_after(window_->newest_lost(), sequence);
}

} // namespace sluice
