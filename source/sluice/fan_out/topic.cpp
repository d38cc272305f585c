#include <sluice/fan_out/topic.hpp>

#include <sluice/fan_out/spare_room.hpp>

#include <algorithm>

namespace sluice {

namespace {

/// Room for so many ordinals is the least that a topic has.
constexpr std::size_t least_ordinals = 4;

} // namespace

void topic::keep_text()
{
    if (!text_) {
        text_ = std::make_unique_for_overwrite<char[]>(type_.size());
        std::ranges::copy(type_, text_.get());
        type_ = {text_.get(), type_.size()};
    }
}

void topic::share_text(frame const& newest) noexcept
{
    type_ = newest.type();
    text_ = nullptr;
}

void topic::make_room()
{
    if (ordinals_.full()) {
        ordinals_.set_capacity(std::max(least_ordinals, 2 * ordinals_.capacity()));
    }
}

void topic::append(std::uint64_t ordinal)
{
    make_room();
    ordinals_.push_back(ordinal);
}

void topic::drop_front() noexcept
{
    ordinals_.pop_front();
    ++lost_;
    give_back_room(ordinals_, least_ordinals);
}

std::uint64_t topic::first_from(std::uint64_t ordinal) const noexcept
{
    // A live session asks for the newest or beyond: answered without a search.
    auto const size = ordinals_.size();
    if (size == 0 || ordinals_[size - 1] < ordinal) {
        return none;
    }
    if (size == 1 || ordinals_[size - 2] < ordinal) {
        return ordinals_[size - 1];
    }
    return ordinals_[index_from(ordinal)];
}

std::uint64_t topic::count_from(std::uint64_t ordinal) const noexcept { return ordinals_.size() - index_from(ordinal); }

std::size_t topic::index_from(std::uint64_t ordinal) const noexcept
{
    // Over the two arrays that the buffer is: its own iterators look for the seam at each step.
    auto const [one, one_size] = ordinals_.array_one();
    auto const [two, two_size] = ordinals_.array_two();
    if (two_size != 0 && one[one_size - 1] < ordinal) {
        return one_size + static_cast<std::size_t>(std::lower_bound(two, two + two_size, ordinal) - two);
    }
    return static_cast<std::size_t>(std::lower_bound(one, one + one_size, ordinal) - one);
}

topic_ptr topic_index::get(std::string_view type)
{
    if (auto const found = topics_.find(type); found != topics_.end()) {
        (*found)->keep_text();
        return *found;
    }
    topic_ptr made{new topic{type}};
    made->keep_text();
    topics_.insert(made);
    return made;
}

topic& topic_index::get(frame const& newest, topic* likely)
{
    auto const type = newest.type();
    if (likely == nullptr || likely->type() != type) {
        auto const found = topics_.find(type);
        if (found == topics_.end()) {
            topic_ptr made{new topic{type}};
            made->make_room();
            topics_.insert(made);
            return *made;
        }
        likely = found->get();
    }
    likely->make_room();
    bool const is_in_a_filter = likely->use_count() > 1;
    if (!is_in_a_filter || !likely->has_own_text()) {
        likely->share_text(newest);
    }
    return *likely;
}

topic const* topic_index::find(std::string_view type) const noexcept
{
    auto const found = topics_.find(type);
    return found == topics_.end() ? nullptr : found->get();
}

void topic_index::release(topic_ptr const& t) noexcept
{
    constexpr unsigned index_and_caller = 2;
    if (!t->has_any() && t->use_count() == index_and_caller) {
        topics_.erase(topics_.find(t));
    }
}

} // namespace sluice
