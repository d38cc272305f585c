#include <sluice/fan_out/selector.hpp>

#include <algorithm>

namespace sluice {

void selector::keep_text()
{
    if (!text_) {
        text_ = std::make_unique_for_overwrite<char[]>(name_.size());
        std::ranges::copy(name_, text_.get());
        name_ = {text_.get(), name_.size()};
    }
}

void selector::append(frame const& newest, std::string_view name_in_newest)
{
    broadcasts_.append(newest);
    // The index refers to the selector, and so do sessions that name it.
    bool const is_named = use_count() > 1;
    if (!is_named || !has_own_text()) {
        name_ = name_in_newest;
        text_ = nullptr;
    }
}

} // namespace sluice
