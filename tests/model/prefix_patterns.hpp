#pragma once

#include <sluice/topic_patterns.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::model {

/// The model's patterns: what begins with the text before a star. `/*` matches `/u`.
class prefix_patterns final : public topic_patterns {
public:
    [[nodiscard]] static bool matches(std::string_view pattern, std::string_view topic) noexcept
    {
        return topic.starts_with(pattern.substr(0, pattern.size() - 1));
    }

    [[nodiscard]] verdict judge(std::string_view text) const override
    {
        return {.refusal = text.ends_with('*') ? "" : "it has no star at its end", .steps = 1};
    }
    [[nodiscard]] std::unique_ptr<set> make_set() const override { return std::make_unique<list>(); }

private:
    class list final : public set {
    public:
        std::optional<std::size_t> add(std::string_view text) override
        {
            if (!text.ends_with('*')) {
                return std::nullopt;
            }
            auto const free = std::ranges::find(texts_, std::string{});
            auto const number = static_cast<std::size_t>(free - texts_.begin());
            if (free == texts_.end()) {
                texts_.emplace_back();
            }
            texts_[number] = text;
            return number;
        }
        void remove(std::size_t number) noexcept override { texts_[number].clear(); }
        void match(std::string_view topic, std::vector<std::size_t>& found) override
        {
            for (std::size_t i = 0; i != texts_.size(); ++i) {
                if (!texts_[i].empty() && matches(texts_[i], topic)) {
                    found.push_back(i);
                }
            }
        }

    private:
        std::vector<std::string> texts_;
    };
};

} // namespace sluice::model
