#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace sluice {

struct attendee;

/// What one stream is counted in (`attendance`), which keeps what it refers to until the stay is given back. Confined
/// to the shard's thread.
class presence_stay {
public:
    presence_stay() = default;
    presence_stay(presence_stay&& other) noexcept : at_{std::move(other.at_)}, size_{std::exchange(other.size_, 0)} {}
    presence_stay& operator=(presence_stay&& other) noexcept
    {
        at_ = std::move(other.at_);
        size_ = std::exchange(other.size_, 0);
        return *this;
    }
    presence_stay(presence_stay const&) = delete;
    presence_stay& operator=(presence_stay const&) = delete;
    ~presence_stay() = default;

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

private:
    friend class attendance;
    [[nodiscard]] std::span<attendee*> all() const noexcept { return {at_.get(), size_}; }

    std::unique_ptr<attendee*[]> at_{};
    std::size_t size_ = 0;
};

} // namespace sluice
