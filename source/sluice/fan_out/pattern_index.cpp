#include <sluice/fan_out/pattern_index.hpp>

#include <sluice/undo.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

pattern_list_ptr pattern_index::get(std::vector<std::string> texts, selector_index& topics, std::uint64_t head)
{
    std::ranges::sort(texts);
    texts.erase(std::ranges::unique(texts).begin(), texts.end());
    if (auto const known = lists_.find(texts); known != lists_.end()) {
        return *known;
    }
    pattern_list_ptr made{new pattern_list};
    made->texts_ = std::move(texts);
    made->complete_after_ = head;
    undo included{[&] { exclude(*made); }};
    include_all(*made);
    match_window(*made, topics);
    lists_.insert(made);
    included.keep();
    return made;
}

void pattern_index::release(pattern_list_ptr const& list) noexcept
{
    constexpr unsigned index_and_caller = 2;
    if (list->use_count() == index_and_caller) {
        exclude(*list);
        lists_.erase(lists_.find(list));
    }
}

void pattern_index::include_all(pattern_list& list)
{
    if (engine_ == nullptr) {
        return;
    }
    if (!all_) {
        all_ = engine_->make_set();
    }
    list.numbers_.reserve(list.texts_.size());
    for (auto const& text : list.texts_) {
        if (auto const number = find_or_add(text)) {
            list.numbers_.push_back(*number);
            by_number_[*number]->lists.insert(&list);
        }
    }
}

/// The pattern's number among all; nothing if the text is no pattern. One that no list has is removed by `exclude`.
std::optional<std::size_t> pattern_index::find_or_add(std::string const& text)
{
    if (auto const known = by_text_.find(text); known != by_text_.end()) {
        return known->second;
    }
    auto made = std::make_unique<pattern>(text);
    auto const number = all_->add(text);
    if (!number) {
        return std::nullopt;
    }
    undo added{[&] { all_->remove(*number); }};
    if (by_number_.size() <= *number) {
        by_number_.resize(*number + 1);
    }
    by_text_.emplace(made->text, *number);
    by_number_[*number] = std::move(made);
    added.keep();
    return number;
}

void pattern_index::exclude(pattern_list& list) noexcept
{
    for (auto const number : list.numbers_) {
        auto& its = by_number_[number];
        its->lists.erase(&list);
        if (its->lists.empty()) {
            by_text_.erase(its->text);
            its.reset();
            all_->remove(number);
        }
    }
}

void pattern_index::match_window(pattern_list& list, selector_index& topics)
{
    if (list.numbers_.empty()) {
        return;
    }
    auto const alone = engine_->make_set();
    for (auto const& text : list.texts_) {
        (void)alone->add(text);
    }
    topics.for_each([&](selector& topic) {
        if (topic.has_any()) {
            take_number(topic);
            matching_.clear();
            alone->match(topic.name(), matching_);
            if (!matching_.empty()) {
                list.matched_.insert(topic.number());
            }
        }
    });
}

bool pattern_index::matches(std::string const& text, std::string_view topic)
{
    matching_.clear();
    if (auto const known = by_text_.find(text); known != by_text_.end()) {
        all_->match(topic, matching_);
        return std::ranges::find(matching_, known->second) != matching_.end();
    }
    if (engine_ != nullptr) {
        auto const alone = engine_->make_set();
        (void)alone->add(text);
        alone->match(topic, matching_);
    }
    return !matching_.empty();
}

void pattern_index::take_number(selector& topic)
{
    numbers_.take(topic, [this](auto stale) {
        for (auto const& list : lists_) {
            list->matched_.erase(stale);
        }
    });
}

void pattern_index::begin() noexcept
{
    found_.clear();
    ++broadcasts_;
}

void pattern_index::find(selector& topic)
{
    if (by_text_.empty()) {
        return;
    }
    take_number(topic);
    matching_.clear();
    all_->match(topic.name(), matching_);
    for (auto const number : matching_) {
        for (auto* const list : by_number_[number]->lists) {
            list->matched_.insert(topic.number());
            if (list->found_for_ != broadcasts_) {
                list->newest_->make_room();
                found_.push_back(list);
                list->found_for_ = broadcasts_;
            }
        }
    }
}

void pattern_index::append(frame const& newest)
{
    for (auto* const list : found_) {
        auto& its = *list->newest_;
        its.append(newest, {});
        if (its.broadcasts().size() > pattern_list::most_listed) {
            list->complete_after_ = its.broadcasts().sequence_at(0);
            its.drop_front();
        }
    }
}

} // namespace sluice
