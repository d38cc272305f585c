#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <utility>

namespace sluice {

/// Keeps a session present where its connection was, while a connection of another shard takes it over, so that nobody
/// seems to leave and come back. It may end on any thread, with the claim, wherever and however that ends; the shard
/// knows it weakly.
class presence_hold {
public:
    presence_hold() = default;
    /// `on_end` is called once the hold has ended. It may fail for lack of memory, for the shard's clean-up looks for
    /// holds that have ended, too.
    explicit presence_hold(std::function<void()> on_end) : token_{std::make_shared<char>()}, on_end_{std::move(on_end)}
    {
    }
    presence_hold(presence_hold const&) = delete;
    presence_hold& operator=(presence_hold const&) = delete;
    presence_hold(presence_hold&&) = default;
    presence_hold& operator=(presence_hold&& other) noexcept
    {
        std::swap(token_, other.token_);
        std::swap(on_end_, other.on_end_);
        return *this;
    }
    ~presence_hold()
    {
        if (token_) {
            token_ = nullptr;
            try {
                on_end_();
            } catch (std::exception const&) { // NOLINT(bugprone-empty-catch): as it says above
            }
        }
    }

    [[nodiscard]] std::weak_ptr<void> token() const noexcept { return token_; }

private:
    std::shared_ptr<void> token_{};
    std::function<void()> on_end_{};
};

} // namespace sluice
