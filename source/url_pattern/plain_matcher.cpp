#include <url_pattern/plain_matcher.hpp>

namespace sluice::url_pattern {

namespace {

/// The character that ends the wildcard, beside the line's end.
char end_of(wildcard w) noexcept { return w == wildcard::path_segment ? '/' : w == wildcard::host_label ? '.' : '\n'; }

} // namespace

void plain_matcher::add(std::string_view text)
{
    if (text.empty() || gave_up_) {
        return;
    }
    if (open_ != wildcard::none && text[0] != '\n' && text[0] != end_of(open_)) {
        return give_up();
    }
    open_ = wildcard::none;
    steps_ += text;
    if (only_fixed_) {
        prefix_ = steps_.size();
    }
}

void plain_matcher::add(wildcard w)
{
    only_fixed_ = false;
    if (open_ != wildcard::none) {
        give_up();
    }
    if (!gave_up_) {
        open_ = w;
        steps_ += static_cast<char>(w);
    }
}

bool plain_matcher::matches_behind_prefix(std::string_view text) const noexcept
{
    auto rest = text.substr(prefix_);
    for (char const step : std::string_view{steps_}.substr(prefix_)) {
        auto const w = static_cast<wildcard>(step);
        if (w < wildcard::line || w > wildcard::host_label) {
            if (!rest.starts_with(step)) {
                return false;
            }
            rest.remove_prefix(1);
            continue;
        }
        char const ends[] = {'\n', end_of(w)};
        auto const size = rest.find_first_of(std::string_view{ends, 2});
        if (size == std::string_view::npos || (size == 0 && w != wildcard::line)) {
            return false;
        }
        rest.remove_prefix(size);
    }
    return rest.empty();
}

} // namespace sluice::url_pattern
