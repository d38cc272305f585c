#pragma once

#include <sluice/fan_out/shared_state.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace sluice {

/// A place among the broker's connections. It is given back when this object is destroyed, unless a connection `keep`s
/// it. Safe to move to another thread.
class connection_place {
public:
    connection_place() = default;
    /// Takes a place, whether or not there is room; `before` says how many were taken.
    explicit connection_place(std::shared_ptr<shared_state> all)
        : all_{std::move(all)}, before_{all_->connections.fetch_add(1, std::memory_order_relaxed)}
    {
    }
    connection_place(connection_place const&) = delete;
    connection_place& operator=(connection_place const&) = delete;
    connection_place(connection_place&&) = default;
    connection_place& operator=(connection_place&& other) noexcept
    {
        std::swap(all_, other.all_);
        std::swap(before_, other.before_);
        return *this;
    }
    ~connection_place()
    {
        if (all_) {
            all_->connections.fetch_sub(1, std::memory_order_relaxed);
        }
    }

    [[nodiscard]] std::size_t before() const noexcept { return before_; }
    /// The connection that stands gives it back itself.
    void keep() noexcept { all_ = nullptr; }

private:
    std::shared_ptr<shared_state> all_{};
    std::size_t before_ = 0;
};

} // namespace sluice
