#include <sluice/fan_out/audience_index.hpp>

#include <sluice/fan_out/spare_room.hpp>
#include <sluice/undo.hpp>

#include <algorithm>

namespace sluice {
namespace {

/// The least number of topics for which an index has room once it has one.
constexpr std::size_t least_topics = 64;

} // namespace

addressing_entry audience_index::add(frame const& newest, selector* likely)
{
    auto& type = types_.get_for_newest(newest.type(), likely);
    undo found{[&] {
        types_.release(selector_ptr{&type});
        release_found();
    }};
    find_topics(newest);
    if (found_.empty() && without_topic_) {
        without_topic_->make_room();
    }
    found.keep();
    append(type, newest, newest.type());
    for (auto const& [topic, name] : found_) {
        append(*topic, newest, name);
        topics_of_all_.push_back(topic);
    }
    if (found_.empty() && without_topic_) {
        without_topic_->append(newest, {});
    }
    patterns_.append(newest);
    return {.type = &type,
            .topics_end = dropped_topics_ + static_cast<std::uint32_t>(topics_of_all_.size()),
            .topics = static_cast<std::uint32_t>(found_.size())};
}

/// Fills `found_`, and makes sure that nothing has to be allocated for them any more.
void audience_index::find_topics(frame const& newest)
{
    found_.clear();
    found_.reserve(newest.topic_count());
    patterns_.begin();
    newest.for_each_topic([this](std::string_view topic) {
        auto& s = topics_.get_for_newest(topic);
        if (std::ranges::find(found_, &s, &named_topic::topic) == found_.end()) {
            found_.push_back({.topic = &s, .name = topic});
            patterns_.find(s);
        }
    });
    if (topics_of_all_.capacity() - topics_of_all_.size() < found_.size()) {
        topics_of_all_.set_capacity(
            std::max({least_topics, 2 * topics_of_all_.capacity(), topics_of_all_.size() + found_.size()}));
    }
}

void audience_index::release_found() noexcept
{
    for (auto const& each : found_) {
        forget(*each.topic);
    }
    found_.clear();
}

/// The topic has lost its last broadcast, or never got one.
void audience_index::forget(selector& topic) noexcept
{
    if (!topic.has_any()) {
        patterns_.forget(topic);
        topics_.release(selector_ptr{&topic});
    }
}

void audience_index::append(selector& s, frame const& newest, std::string_view name)
{
    selectors_held_ += s.has_any() ? 0U : 1U;
    s.append(newest, name);
}

void audience_index::drop_oldest(addressing_entry const& oldest, bool is_loss) noexcept
{
    drop_front(*oldest.type, is_loss);
    if (!oldest.type->has_any()) {
        types_.release(selector_ptr{oldest.type});
    }
    for (std::uint32_t i = 0; i != oldest.topics; ++i) {
        auto& topic = *topics_of_all_.front();
        drop_front(topic, is_loss);
        forget(topic);
        topics_of_all_.pop_front();
    }
    dropped_topics_ += oldest.topics;
    give_back_room(topics_of_all_, least_topics);
    if (oldest.topics == 0 && without_topic_) {
        without_topic_->drop_front(is_loss);
    }
}

void audience_index::drop_front(selector& s, bool is_loss) noexcept
{
    s.drop_front(is_loss);
    selectors_held_ -= s.has_any() ? 0U : 1U;
}

} // namespace sluice
