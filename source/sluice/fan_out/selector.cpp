#include <sluice/fan_out/selector.hpp>

#include <sluice/fan_out/spare_room.hpp>

#include <algorithm>

namespace sluice {

namespace {

/// The least number of ordinals for which a selector has room.
constexpr std::size_t least_ordinals = 4;

} // namespace

void selector::keep_text()
{
    if (!text_) {
        text_ = std::make_unique_for_overwrite<char[]>(type_.size());
        std::ranges::copy(type_, text_.get());
        type_ = {text_.get(), type_.size()};
    }
}

void selector::share_text(frame const& newest) noexcept
{
    type_ = newest.type();
    text_ = nullptr;
}

void selector::make_room()
{
    if (ordinals_.full()) {
        ordinals_.set_capacity(std::max(least_ordinals, 2 * ordinals_.capacity()));
    }
}

void selector::append(std::uint64_t ordinal)
{
    make_room();
    ordinals_.push_back(ordinal);
}

void selector::drop_front() noexcept
{
    ordinals_.pop_front();
    ++lost_;
    give_back_room(ordinals_, least_ordinals);
}

std::uint64_t selector::first_from(std::uint64_t ordinal) const noexcept
{
    // A live session asks for the newest or beyond, which needs no search.
    auto const size = ordinals_.size();
    if (size == 0 || ordinals_[size - 1] < ordinal) {
        return none;
    }
    if (size == 1 || ordinals_[size - 2] < ordinal) {
        return ordinals_[size - 1];
    }
    return ordinals_[index_from(ordinal)];
}

std::uint64_t selector::count_from(std::uint64_t ordinal) const noexcept
{
    return ordinals_.size() - index_from(ordinal);
}

std::size_t selector::index_from(std::uint64_t ordinal) const noexcept
{
    // Searches the buffer's two arrays, because its own iterators check for the seam at each step.
    auto const [one, one_size] = ordinals_.array_one();
    auto const [two, two_size] = ordinals_.array_two();
    if (two_size != 0 && one[one_size - 1] < ordinal) {
        return one_size + static_cast<std::size_t>(std::lower_bound(two, two + two_size, ordinal) - two);
    }
    return static_cast<std::size_t>(std::lower_bound(one, one + one_size, ordinal) - one);
}

selector_ptr audience_index::get(std::string_view type)
{
    if (auto const found = audience_.find(type); found != audience_.end()) {
        (*found)->keep_text();
        return *found;
    }
    selector_ptr made{new selector{type}};
    made->keep_text();
    audience_.insert(made);
    return made;
}

selector& audience_index::get(frame const& newest, selector* likely)
{
    auto const type = newest.type();
    if (likely == nullptr || likely->type() != type) {
        auto const found = audience_.find(type);
        if (found == audience_.end()) {
            selector_ptr made{new selector{type}};
            made->make_room();
            audience_.insert(made);
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

selector const* audience_index::find(std::string_view type) const noexcept
{
    auto const found = audience_.find(type);
    return found == audience_.end() ? nullptr : found->get();
}

void audience_index::release(selector_ptr const& t) noexcept
{
    constexpr unsigned index_and_caller = 2;
    if (!t->has_any() && t->use_count() == index_and_caller) {
        audience_.erase(audience_.find(t));
    }
}

} // namespace sluice
