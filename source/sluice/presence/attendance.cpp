#include <sluice/presence/attendance.hpp>

#include <sluice/event/event.hpp>
#include <sluice/undo.hpp>

#include <algorithm>

namespace sluice {
namespace {

/// Whether there can be events about the topic: the event's own topic has to be one. Those about such events would have
/// no end.
[[nodiscard]] bool may_be_told_of(std::string_view topic) noexcept
{
    return !topic.starts_with(presence_prefix) && topic.size() + presence_prefix.size() <= max_topic_bytes &&
           !validate_topic(topic);
}

} // namespace

presence_stay attendance::enter(std::vector<opened_topic> topics, std::string_view subject)
{
    std::ranges::sort(topics, {}, &opened_topic::topic);
    auto const same = std::ranges::unique(topics, {}, &opened_topic::topic);
    topics.erase(same.begin(), same.end());
    presence_stay made;
    if (topics.empty()) {
        return made;
    }
    made.at_ = std::make_unique_for_overwrite<attendee*[]>(topics.size());
    undo entered{[&] { leave(std::move(made)); }};
    // Most streams have one payload for all of their topics.
    std::shared_ptr<std::string const> payload;
    for (auto const& [topic, text] : topics) {
        if (!text.empty() && (!payload || *payload != text)) {
            payload = std::make_shared<std::string const>(text);
        }
        auto& a = attendee_of(topic, subject);
        a.payload = text.empty() ? nullptr : payload;
        ++a.streams;
        ++a.topic->streams;
        made.at_[made.size_++] = &a;
        note(a);
    }
    entered.keep();
    return made;
}

/// The entry, which is made if there is none. If it throws, nothing has changed.
attendee& attendance::attendee_of(std::string_view name, std::string_view subject)
{
    auto found = topics_.find(name);
    if (found == topics_.end()) {
        auto topic = audience_.topics().get(name);
        undo known{[&] { audience_.topics().release(topic); }};
        attended_topic made{.selector = topic, .is_told = tells_ && may_be_told_of(name)};
        found = topics_.emplace(topic->name(), std::move(made)).first;
        known.keep();
    }
    auto& t = found->second;
    if (auto const there = t.attendees.find(subject); there != t.attendees.end()) {
        return there->second;
    }
    undo topic_made{[&] { forget_if_empty(t); }};
    auto group = subjects_.get(subject);
    undo known{[&] { subjects_.release(group); }};
    auto& a = t.attendees[group ? std::string_view{group->subject()} : std::string_view{}];
    a.topic = &t;
    a.subject = group;
    known.keep();
    topic_made.keep();
    return a;
}

void attendance::leave(presence_stay s) noexcept
{
    for (auto* const a : s.all()) {
        --a->streams;
        --a->topic->streams;
        note(*a);
        if (a->streams == 0 && !a->was_told) {
            forget(*a);
        }
    }
}

/// Whether the subject is there may have changed.
void attendance::note(attendee& a) noexcept
{
    if (a.subject == nullptr || !a.topic->is_told) {
        return;
    }
    a.unlink();
    if (a.was_told != (a.streams != 0)) {
        changed_.push_back(a);
    }
}

void attendance::forget(attendee& a) noexcept
{
    auto& t = *a.topic;
    auto subject = std::move(a.subject);
    t.attendees.erase(subject ? std::string_view{subject->subject()} : std::string_view{});
    subjects_.release(subject);
    forget_if_empty(t);
}

void attendance::forget_if_empty(attended_topic& t) noexcept
{
    if (t.attendees.empty()) {
        auto const topic = t.selector;
        topics_.erase(topic->name());
        audience_.topics().release(topic);
    }
}

topic_presence attendance::read(std::string_view topic, std::string_view after, std::size_t limit,
                                std::size_t max_bytes) const
{
    topic_presence found{.topic = std::string{topic}};
    auto const there = topics_.find(topic);
    if (there == topics_.end()) {
        return found;
    }
    found.streams = there->second.streams;
    auto const& all = there->second.attendees;
    std::size_t bytes = 0;
    // Behind the entry of the streams without a subject, in any case.
    for (auto it = all.upper_bound(after); it != all.end(); ++it) {
        auto const& [subject, a] = *it;
        if (a.streams == 0) {
            continue;
        }
        if (found.subjects.size() == limit || bytes >= max_bytes) {
            found.next = found.subjects.back().subject;
            break;
        }
        found.subjects.push_back(
            {.subject = std::string{subject}, .payload = a.payload ? *a.payload : std::string{}, .streams = a.streams});
        bytes += subject.size() + found.subjects.back().payload.size();
    }
    return found;
}

std::vector<presence_change> attendance::changes_of(std::vector<attendee*> const& some)
{
    std::vector<presence_change> changes;
    changes.reserve(some.size());
    for (auto const* const a : some) {
        changes.push_back({.topic = std::string{a->topic->selector->name()},
                           .subject = a->subject->subject(),
                           .payload = a->payload ? *a->payload : std::string{},
                           .active = a->streams != 0});
    }
    return changes;
}

void attendance::told(std::vector<attendee*> const& some) noexcept
{
    for (auto* const a : some) {
        a->was_told = a->streams != 0;
        a->unlink();
        if (a->streams == 0) {
            forget(*a);
        }
    }
}

} // namespace sluice
