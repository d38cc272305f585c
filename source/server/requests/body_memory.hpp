#pragma once

#include <atomic>
#include <cstddef>

namespace sluice::server {

/// Accounts for the memory of all requests' bodies together. Safe from any thread.
class body_memory {
public:
    /// The share of one body, which is returned at the end.
    class share {
    public:
        explicit share(body_memory& of) noexcept : of_{of} {}
        ~share() { (void)resize(0, 0); }
        share(share const&) = delete;
        share& operator=(share const&) = delete;

        /// Resizes the share. Returns false, and changes nothing, if all shares together would exceed `limit`.
        /// Shrinking always works.
        [[nodiscard]] bool resize(std::size_t bytes, std::size_t limit) noexcept
        {
            if (bytes == bytes_) {
                return true;
            }
            if (bytes < bytes_) {
                of_.used_.fetch_sub(bytes_ - bytes, std::memory_order_relaxed);
            } else if (auto const more = bytes - bytes_;
                       of_.used_.fetch_add(more, std::memory_order_relaxed) + more > limit) {
                of_.used_.fetch_sub(more, std::memory_order_relaxed);
                return false;
            }
            bytes_ = bytes;
            return true;
        }

        [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

    private:
        body_memory& of_;
        std::size_t bytes_ = 0;
    };

private:
    std::atomic<std::size_t> used_{0};
};

} // namespace sluice::server
