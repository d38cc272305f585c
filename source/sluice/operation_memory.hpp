#pragma once

#include <array>
#include <cstddef>
#include <new>
#include <type_traits>

namespace sluice {

/// Memory for one asynchronous operation at a time, kept beside what starts it. A wait that is always pending then
/// allocates nothing, and does not occupy one of the blocks that Asio recycles, which are far larger. A second
/// operation, or one that is too large, uses the heap. Not thread-safe.
template <std::size_t Room>
class operation_room {
public:
    operation_room() = default;
    operation_room(operation_room const&) = delete;
    operation_room& operator=(operation_room const&) = delete;
    ~operation_room() = default;

    [[nodiscard]] void* allocate(std::size_t size)
    {
        if (used_ || size > room_.size()) {
            return ::operator new(size);
        }
        used_ = true;
        return room_.data();
    }

    void deallocate(void* p) noexcept
    {
        if (p == room_.data()) {
            used_ = false;
        } else {
            ::operator delete(p);
        }
    }

    /// The `allocator_type` of a handler. The memory outlives it.
    template <class T>
    class allocator {
    public:
        using value_type = T;

        explicit allocator(operation_room& m) noexcept : memory_{&m} {}
        template <class U>
        allocator(allocator<U> const& other) noexcept : memory_{other.memory_} // NOLINT(google-explicit-constructor)
        {
        }

        [[nodiscard]] T* allocate(std::size_t n)
            requires(!std::is_void_v<T>)
        {
            return static_cast<T*>(memory_->allocate(n * sizeof(T)));
        }
        void deallocate(T* p, std::size_t /*n*/) noexcept { memory_->deallocate(p); }

        friend bool operator==(allocator const&, allocator const&) = default;

    private:
        template <class U>
        friend class allocator;
        operation_room* memory_;
    };

private:
    alignas(std::max_align_t) std::array<std::byte, Room> room_;
    bool used_ = false;
};

/// Enough for a reactor wait whose handler is a pointer, which takes at most 104 bytes.
using operation_memory = operation_room<104>;

} // namespace sluice
