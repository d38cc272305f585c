#include <url_pattern/bucket.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice::url_pattern {

namespace {

constexpr std::size_t most_single = 16;
constexpr std::size_t largest_bundle = 512;

void append(std::vector<bundle::member>& to, std::vector<bundle::member> more)
{
    to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

} // namespace

void bucket::add(bundle::member one)
{
    single_.push_back(std::move(one));
    if (single_.size() > most_single) {
        put_together();
    }
}

void bucket::put_together()
{
    auto members = std::exchange(single_, {});
    std::erase_if(bundles_, [&](auto const& b) {
        if (b->size() > members.size() || b->size() + members.size() > largest_bundle) {
            return false;
        }
        append(members, b->release());
        return true;
    });
    bundles_.push_back(std::make_unique<bundle>(std::move(members)));
    // The smallest first: each that a new one takes in lets it take in a larger one.
    std::ranges::sort(bundles_, {}, [](auto const& b) { return b->size(); });
}

void bucket::remove(std::size_t index)
{
    if (auto const found = std::ranges::find(single_, index, &bundle::member::index); found != single_.end()) {
        single_.erase(found);
        return;
    }
    auto const found = std::ranges::find_if(bundles_, [&](auto const& b) { return b->remove(index); });
    // One that is mostly empty costs as much to match as it did when it was full.
    if ((*found)->size() > (*found)->room() / 2) {
        return;
    }
    append(single_, (*found)->release());
    bundles_.erase(found);
    if (single_.size() > most_single) {
        put_together();
    }
}

void bucket::match(topic const& t, std::string_view subject, std::vector<std::size_t>& found)
{
    for (auto const& one : single_) {
        if (one.matcher.matches(t)) {
            found.push_back(one.index);
        }
    }
    for (auto const& b : bundles_) {
        b->match(t, subject, found);
    }
}

} // namespace sluice::url_pattern
