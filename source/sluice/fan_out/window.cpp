#include <sluice/fan_out/window.hpp>

#include <sluice/event/parse_time.hpp>
#include <sluice/fan_out/search.hpp>
#include <sluice/fan_out/spare_room.hpp>
#include <sluice/undo.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace sluice {
namespace {

/// The least number of events for which a window has room.
constexpr std::size_t least_entries = 64;

} // namespace

window::window(log_config const& limits, std::uint64_t epoch, std::size_t shards, topic_patterns const* patterns,
               closed_topics* closed)
    : max_events_{std::max<std::size_t>(1, limits.max_events)},
      max_bytes_{limits.max_bytes},
      epoch_{epoch},
      shards_{shards},
      audience_{patterns},
      ends_{closed}
{
}

bool window::append(shared_frame const& f) noexcept
{
    if (f->is_mark()) {
        obey(f);
        return true;
    }
    bool kept = true;
    for (bool is_last_try = false;;) {
        try {
            add(f);
            break;
        } catch (std::bad_alloc const&) {
            ++shortages_;
            if (is_last_try) {
                give_way(*f);
                kept = false;
                break;
            }
            drop_older_half();
            is_last_try = entries_.empty();
        }
    }
    enforce_limits();
    return kept;
}

/// Closes or forgets the mark's topic.
void window::obey(shared_frame const& mark) noexcept
{
    move_head(*mark);
    newest_mark_ = head_;
    mark->for_each_topic([&](std::string_view name) {
        auto* const topic = audience_.topics().find(name);
        bool const has_events = topic != nullptr && topic->has_any();
        if (mark->kind() == frame_kind::topic_forgotten && has_events) {
            let_go_of_older(*topic, 0, head_);
            ends_.reopen(*topic);
        } else if (mark->kind() == frame_kind::topic_end) {
            if (!has_events || !try_close(*topic, mark)) {
                ends_.forget(name, *mark);
            }
        }
    });
}

/// Returns false if memory is too short.
bool window::try_close(selector const& topic, shared_frame const& by) noexcept
{
    try {
        ends_.make_room(1);
    } catch (std::bad_alloc const&) {
        ++shortages_;
        return false;
    }
    ends_.close(topic, by);
    return true;
}

/// The newest broadcast closes its topics, or comes to topics that other shards have forgotten already, because memory
/// was short there.
void window::note_ends(shared_frame const& f) noexcept
{
    if (ends_.empty() && !f->closes_topics()) {
        return;
    }
    audience_.for_each_topic(entries_.back().addressing, [&](selector const& topic) {
        if (f->closes_topics()) {
            ends_.close(topic, f);
        } else {
            ends_.reopen(topic);
        }
    });
}

/// Those of the oldest broadcast's topics that have no other are forgotten.
void window::forget_ends(addressing_entry const& oldest) noexcept
{
    if (!ends_.empty()) {
        audience_.for_each_topic(oldest, [this](selector const& topic) {
            if (topic.broadcasts().size() == 1) {
                ends_.forget(topic);
            }
        });
    }
}

void window::drop_older_half() noexcept
{
    for (auto const left = entries_.size() / 2; entries_.size() > left;) {
        drop_oldest();
    }
}

/// Adds the event; if it throws, nothing changes.
void window::add(shared_frame const& f)
{
    if (f->is_broadcast()) {
        make_room(entries_, least_entries, max_events_ + 1);
    } else {
        make_room(targeted_, least_entries);
    }
    if (f->closes_topics()) {
        ends_.make_room(f->topic_count());
    }
    bool const has_own_id = f->has_own_id();
    if (has_own_id) {
        own_ids_.note(*f);
    }
    undo noted{[&] {
        if (has_own_id) {
            own_ids_.forget(*f);
        }
    }};
    if (f->is_broadcast()) {
        keep(f);
    } else {
        keep_targeted(f);
    }
    noted.keep();
    move_head(*f);
    if (f->is_broadcast() && f->topic_count() != 0) {
        note_canonical(*f);
        note_ends(f);
    }
}

void window::move_head(frame const& f) noexcept
{
    head_ = f.sequence();
    time_ = std::max(time_, f.published());
    if (f.is_broadcast()) {
        newest_broadcast_ = head_;
        newest_.note(f);
        ++broadcasts_;
    } else {
        newest_targeted_ = head_;
    }
}

void window::keep(shared_frame const& f)
{
    // Events of one type often follow each other.
    auto const addressing = audience_.add(*f, entries_.empty() ? nullptr : entries_.back().addressing.type);
    frame_bytes_ += f->footprint();
    own_ids_held_ += f->has_own_id() ? 1U : 0U;
    entries_.push_back({f, addressing});
}

/// The newest broadcast has topics.
void window::note_canonical(frame const& f) noexcept
{
    auto& topic = audience_.canonical_topic(entries_.back().addressing);
    ++topic.kept.count;
    if (f.keep() != 0) {
        let_go_of_older(topic, f.keep(), f.sequence());
    }
}

/// Each is let go once, so that this costs each event what its publishing cost at most.
void window::let_go_of_older(selector& topic, std::uint32_t most, std::uint64_t by) noexcept
{
    auto& kept = topic.kept;
    auto const& all = topic.broadcasts();
    for (auto i = all.first_after(kept.let_go_through); kept.count > most; ++i) {
        auto& e = entries_[first_after(all.sequence_at(i) - 1)];
        if (&audience_.canonical_topic(e.addressing) == &topic) {
            e.let_go_by = by;
            --kept.count;
        }
        kept.let_go_through = all.sequence_at(i);
        newest_.perishable = std::max(newest_.perishable, kept.let_go_through);
    }
}

void window::keep_targeted(shared_frame const& f)
{
    targeted_.push_back(f);
    targeted_bytes_ += bytes_of_targeted(*f);
    ++added_targeted_;
}

/// Gives up the event itself.
void window::give_way(frame const& f) noexcept
{
    move_head(f);
    if (f.is_broadcast()) {
        if (f.closes_topics()) {
            f.for_each_topic([&](std::string_view topic) { ends_.forget(topic, f); });
        }
        note_lost(f, true);
    } else {
        targeted_lost_through_ = f.sequence();
    }
}

/// The broadcast, which is newer than all that are lost, has left the log.
void window::note_lost(frame const& f, bool is_loss) noexcept
{
    lost_through_ = f.sequence();
    if (is_loss) {
        missed_through_ = f.sequence();
        audience_.note_lost(missed_through_);
    }
    newest_lost_.note(f);
    newest_lost_.perishable = is_loss ? newest_lost_.perishable : f.sequence();
}

void window::know_without_topic()
{
    audience_.know_without_topic(missed_through_, [this](auto add) {
        for (auto const& e : entries_) {
            if (e.addressing.topics == 0) {
                add(*e.value);
            }
        }
    });
}

/// The newest broadcast is kept even if it alone exceeds the bound, because streams have yet to send it.
void window::enforce_limits() noexcept
{
    while (entries_.size() > max_events_ || (bytes() > max_bytes_ && entries_.size() > 1)) {
        drop_oldest();
    }
}

void window::drop_oldest() noexcept
{
    // Kept until the end, because its selector and its id may refer to texts in it.
    auto const oldest = std::move(entries_.front());
    entries_.pop_front();
    give_back_room(entries_, least_entries);
    frame_bytes_ -= oldest.value->footprint();
    if (oldest.value->has_own_id()) {
        own_ids_.forget(*oldest.value);
        --own_ids_held_;
    }
    bool const is_loss = oldest.let_go_by == 0 && oldest.value->expires() > time_;
    if (oldest.addressing.topics != 0 && oldest.let_go_by == 0) {
        --audience_.canonical_topic(oldest.addressing).kept.count;
    }
    forget_ends(oldest.addressing);
    audience_.drop_oldest(oldest.addressing, is_loss);
    note_lost(*oldest.value, is_loss);
}

std::size_t window::most_bytes(frame const& f) const noexcept
{
    if (!f.is_broadcast()) {
        return bytes_of_targeted(f);
    }
    return f.footprint() + shards_ * (index_bytes_each + audience_index::most_bytes(f) + bytes_of_own_id(f));
}

std::size_t window::first_after(std::uint64_t sequence) const noexcept
{
    if (sequence >= newest_targeted_) {
        // All events since are broadcasts.
        return entries_.size() - std::min<std::uint64_t>(entries_.size(), head_ - sequence);
    }
    return index_after(sequence, entries_.size(), [this](std::size_t i) { return entries_[i].value->sequence(); });
}

std::size_t window::targeted_after(std::uint64_t sequence) const noexcept
{
    auto const size = targeted_.size();
    return size - index_after(sequence, size, [this](std::size_t i) { return targeted_[i]->sequence(); });
}

frame const* window::find_targeted(std::uint64_t sequence) const noexcept
{
    auto const index = targeted_.size() - targeted_after(sequence - 1);
    bool const found = index != targeted_.size() && targeted_[index]->sequence() == sequence;
    return found ? targeted_[index].get() : nullptr;
}

std::optional<std::uint64_t> window::count_up_to(std::uint64_t sequence) const noexcept
{
    if (covers(sequence)) {
        return lost() + first_after(sequence);
    }
    if (sequence >= std::max(targeted_lost_through_, newest_mark_)) {
        return broadcasts_ - (head_ - sequence - targeted_after(sequence));
    }
    return std::nullopt;
}

std::optional<std::uint64_t> window::lost_after(std::uint64_t sequence) const noexcept
{
    if (covers(sequence)) {
        return 0;
    }
    auto const passed = count_up_to(sequence);
    return passed ? std::optional{lost() - *passed} : std::nullopt;
}

void window::drop_oldest_targeted() noexcept
{
    note_targeted_gone(*targeted_.front());
    targeted_.pop_front();
    give_back_room(targeted_, least_entries);
}

void window::drop_unwanted_targeted() noexcept
{
    auto const is_unwanted = [this](shared_frame const& f) {
        bool const unwanted = !f->is_wanted() && !f->has_own_id();
        if (unwanted) {
            note_targeted_gone(*f);
        }
        return unwanted;
    };
    targeted_.erase(std::remove_if(targeted_.begin(), targeted_.end(), is_unwanted), targeted_.end());
    give_back_room(targeted_, least_entries);
    added_targeted_ = 0;
}

void window::note_targeted_gone(frame const& f) noexcept
{
    if (f.has_own_id()) {
        own_ids_.forget(f);
    }
    targeted_bytes_ -= bytes_of_targeted(f);
    targeted_lost_through_ = std::max(targeted_lost_through_, f.sequence());
}

std::optional<std::uint64_t> window::find(std::string_view last_event_id) const
{
    if (auto const id = parse_event_id(last_event_id)) {
        bool const ours = id->hi == epoch_ && id->lo <= head_;
        return ours ? std::optional{id->lo} : std::nullopt;
    }
    return own_ids_.find(last_event_id);
}

std::optional<std::uint64_t> window::find_start(std::string_view since) const
{
    if (auto const place = find(since)) {
        return place;
    }
    auto const time = parse_time(since);
    return time ? std::optional{before(*time)} : std::nullopt;
}

/// The sequence before that of the first event that was published at the time or later. Looks at one after the other,
/// because the clock may have been set back.
std::uint64_t window::before(std::chrono::system_clock::time_point time) const noexcept
{
    auto first = head_ + 1;
    auto const is_it = [time](frame const& f) { return f.published() >= time; };
    auto const broadcast = std::ranges::find_if(entries_, is_it, [](entry const& e) -> auto& { return *e.value; });
    if (broadcast != entries_.end()) {
        first = broadcast->value->sequence();
    }
    auto const targeted = std::ranges::find_if(targeted_, is_it, [](auto const& f) -> auto& { return *f; });
    return std::min(first, targeted == targeted_.end() ? first : (*targeted)->sequence()) - 1;
}

} // namespace sluice
