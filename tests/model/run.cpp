#include "run.hpp"

#include "player.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <memory>
#include <utility>

namespace sluice::model {

script draw_script(std::uint64_t seed)
{
    random r{seed};
    script s{.with = draw_settings(r), .steps = {}};
    s.steps = draw_operations(r, r.one_of<std::size_t>({50, 300, 300, 1'000}));
    return s;
}

std::optional<fault> play(script const& s, bool with_story)
{
    std::unique_ptr<player> p;
    std::size_t step = 0;
    try {
        p = std::make_unique<player>(s.with);
        if (with_story) {
            p->keep_story();
        }
        for (; step != s.steps.size(); ++step) {
            p->play(s.steps[step]);
        }
        p->finish();
        return std::nullopt;
    } catch (std::exception const& e) {
        return fault{.what = e.what(), .step = step, .story = p ? p->story() : std::vector<std::string>{}};
    }
}

namespace {

/// What kind of fault it is: its words without ids and numbers.
[[nodiscard]] std::string kind_of(std::optional<fault> const& f)
{
    constexpr std::size_t words = 40;
    auto kind = f ? f->what : "";
    std::erase_if(kind, [](char c) { return c < 'g' || c > 'z'; });
    return kind.substr(0, words);
}

} // namespace

script shrink(script s, std::size_t tries)
{
    auto const first = play(s);
    if (!first) {
        return s;
    }
    auto const kind = kind_of(first);
    s.steps.resize(std::min(s.steps.size(), first->step + 1));
    for (auto size = s.steps.size() / 2; size != 0; size /= 2) {
        for (std::size_t from = 0; from < s.steps.size() && tries != 0; --tries) {
            auto fewer = s;
            auto const begin = fewer.steps.begin() + static_cast<std::ptrdiff_t>(from);
            auto const count = std::min(size, fewer.steps.size() - from);
            fewer.steps.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
            if (kind_of(play(fewer)) == kind) {
                s = std::move(fewer);
            } else {
                from += size;
            }
        }
    }
    return s;
}

} // namespace sluice::model
