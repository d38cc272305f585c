#include <sluice/session/session.hpp>

#include <sluice/undo.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {
namespace {

/// Those of the types that are among the allowed ones.
[[nodiscard]] std::vector<std::string> common(std::vector<std::string> types, std::vector<std::string> const& allowed)
{
    std::set<std::string_view> const is_allowed{allowed.begin(), allowed.end()};
    std::erase_if(types, [&](std::string const& type) { return !is_allowed.contains(type); });
    return types;
}

} // namespace

session::session(session_id id, sluice::window& w, position start, instant now, bool minted)
    : at{start},
      last_written{start.sequence},
      written_after{start.sequence},
      last_seen{now.wall},
      id_{id},
      window_{&w},
      created_{now.wall},
      claimed_{!minted}
{
}

session::~session() { clear_filter(); }

event_id session::last_event_id() const noexcept { return {.hi = window_->epoch(), .lo = at.sequence}; }

bool session::wants(std::string_view type) const noexcept
{
    return !filtered_ || is_in_filter(window_->audience().find(type));
}

bool session::is_in_filter(selector const* t) const noexcept
{
    return t != nullptr && std::ranges::binary_search(filter_, t, std::ranges::less{}, &selector_ptr::get);
}

adoption session::adopt(session_meta newer)
{
    auto merged = meta_.unpack();
    merge(merged, std::move(newer));
    adoption made{.cut = cut_to_limit(merged)};
    packed_meta packed{merged};
    auto const& asked = merged.subscriptions;
    if (auto const& may = merged.grant.may_subscribe; may.is_everything()) {
        made.refiltered = set_filter(asked, !asked.empty());
    } else {
        made.refiltered = set_filter(asked.empty() ? may.types() : common(asked, may.types()), true);
    }
    meta_ = std::move(packed);
    claimed_ = true;
    return made;
}

bool session::asks_for(std::vector<std::string> const& types) const
{
    auto const as_set = [](std::vector<std::string> const& list) { return std::set(list.begin(), list.end()); };
    return as_set(meta_.unpack().subscriptions) == as_set(types);
}

/// Returns whether it is another filter than before.
bool session::set_filter(std::vector<std::string> const& types, bool filtered)
{
    std::vector<selector_ptr> wanted;
    wanted.reserve(types.size());
    undo taken{[&] { release(wanted); }};
    for (auto const& type : types) {
        wanted.push_back(window_->audience().get(type));
    }
    taken.keep();
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    if (wanted == filter_ && filtered == filtered_) {
        return false;
    }
    clear_filter();
    filter_ = std::move(wanted);
    filtered_ = filtered;
    // What was counted so far was counted by the older filter.
    matches_before_.reset();
    unwritten_lost = unwritten_lost == 0 ? unwritten_lost : std::nullopt;
    written_after = at.sequence;
    if (auto* const mark = targeted.mark()) {
        mark->unlink();
        mark->newest = newest_wanted();
    }
    return true;
}

void session::clear_filter() noexcept { release(filter_); }

void session::release(std::vector<selector_ptr>& selectors) noexcept
{
    while (!selectors.empty()) {
        window_->audience().release(selectors.back());
        selectors.pop_back();
    }
}

std::uint64_t session::next_broadcast(std::uint64_t ordinal) const noexcept
{
    ordinal = std::max(ordinal, window_->front());
    if (!filtered_) {
        return ordinal < window_->head().ordinal ? ordinal : selector::none;
    }
    constexpr std::size_t few = 4;
    return filter_.size() > few ? next_in_many(ordinal) : next_by_topic(ordinal);
}

std::uint64_t session::next_by_topic(std::uint64_t ordinal) const noexcept
{
    auto next = selector::none;
    for (auto const& t : filter_) {
        next = std::min(next, t->first_from(ordinal));
    }
    return next;
}

/// Looks at as many events as there are selectors, and then asks the selectors: this costs what the fewer do.
std::uint64_t session::next_in_many(std::uint64_t ordinal) const noexcept
{
    auto const head = window_->head().ordinal;
    auto const looked_at = std::min<std::uint64_t>(head, ordinal + filter_.size());
    for (; ordinal < looked_at; ++ordinal) {
        if (is_in_filter(&window_->selector_of(ordinal))) {
            return ordinal;
        }
    }
    return ordinal < head ? next_by_topic(ordinal) : selector::none;
}

bool session::has_targeted_after(std::uint64_t sequence) const noexcept
{
    return next_targeted(targeted.first_after(sequence)) != targeted.size();
}

std::size_t session::next_targeted(std::size_t index) const noexcept
{
    while (index != targeted.size() && !wants(targeted[index].type())) {
        ++index;
    }
    return index;
}

/// The sequence of the newest event that was sent to the session and passes its filter; 0: there is none.
std::uint64_t session::newest_wanted() const noexcept
{
    for (auto i = targeted.size(); i != 0; --i) {
        if (wants(targeted[i - 1].type())) {
            return targeted[i - 1].sequence();
        }
    }
    return 0;
}

std::uint64_t session::held_after(position from) const noexcept
{
    std::uint64_t held = 0;
    if (!filtered_) {
        held = window_->head().ordinal - std::max(from.ordinal, window_->front());
    } else {
        for (auto const& t : filter_) {
            held += t->count_from(from.ordinal);
        }
    }
    for (auto i = next_targeted(targeted.first_after(from.sequence)); i != targeted.size(); i = next_targeted(i + 1)) {
        ++held;
    }
    return held;
}

bool session::holds(std::uint64_t sequence) const noexcept
{
    bool found = false;
    for_each_after(window_->position_after(sequence - 1), sequence, [&](frame const& f, position const&) {
        found = f.sequence() == sequence;
        return false;
    });
    return found;
}

std::optional<std::uint64_t> session::lost_after(position from) const noexcept
{
    bool const own = from == at;
    if (own ? !unwritten_lost : targeted.erased_through() > from.sequence) {
        return std::nullopt;
    }
    std::uint64_t lost = own ? *unwritten_lost : 0;
    if (window_->covers(from.sequence)) {
        return lost;
    }
    if (!filtered_) {
        auto const broadcasts = own ? std::optional{window_->front() - std::min(window_->front(), from.ordinal)}
                                    : window_->lost_after(from.sequence);
        return broadcasts ? std::optional{*broadcasts + lost} : std::nullopt;
    }
    if (!own || !matches_before_) {
        return std::nullopt;
    }
    for (auto const& t : filter_) {
        lost += t->total() - t->count_from(0);
    }
    return lost - *matches_before_;
}

void session::remember_matches() noexcept
{
    matches_before_.reset();
    if (!filtered_ || at.ordinal < window_->front()) {
        return;
    }
    std::uint64_t before = 0;
    for (auto const& t : filter_) {
        before += t->total() - t->count_from(at.ordinal);
    }
    matches_before_ = before;
}

} // namespace sluice
