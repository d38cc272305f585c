#pragma once

#include <atomic>
#include <cstddef>

namespace sluice::server {

/// The memory that the bodies of all requests take together. Safe from any thread.
class body_memory {
public:
    /// One body's part of it, which is given back at the end.
    class share {
    public:
        explicit share(body_memory& of) noexcept : of_{of} {}
        ~share() { (void)resize(0, 0); }
        share(share const&) = delete;
        share& operator=(share const&) = delete;

        /// Has the share be so large; false when all shares would then be larger than `limit`, and nothing changes. To
        /// become smaller always works.
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
