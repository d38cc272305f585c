#include <sluice/fan_out/topic.hpp>

#include <algorithm>

namespace sluice {

void topic::append(std::uint64_t ordinal)
{
    if (ordinals_.full()) {
        ordinals_.set_capacity(std::max<std::size_t>(4, 2 * ordinals_.capacity()));
    }
    ordinals_.push_back(ordinal);
}

void topic::drop_front() noexcept
{
    ordinals_.pop_front();
    ++lost_;
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
        return found->second;
    }
    topic_ptr made{new topic{std::string{type}}};
    topics_.emplace(made->type(), made);
    return made;
}

void topic_index::release(topic_ptr const& t)
{
    constexpr unsigned index_and_caller = 2;
    if (!t->has_any() && t->use_count() == index_and_caller) {
        topics_.erase(topics_.find(t->type()));
    }
}

} // namespace sluice
