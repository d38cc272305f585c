#pragma once

#include <sluice/error.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace sluice {

/// A suspended completion handler of signature `void(error_code)` of any type.
///
/// A coroutine's handler is two pointers, so it is kept in place and waiting allocates nothing. A larger one goes to
/// the heap. (`asio::any_completion_handler` allocates for each handler and, in Boost 1.81, cannot be posted.)
class waiter {
public:
    waiter() = default;
    waiter(waiter const&) = delete;
    waiter& operator=(waiter const&) = delete;
    ~waiter() { drop(); }

    [[nodiscard]] explicit operator bool() const noexcept { return operations_ != nullptr; }

    /// Keeps the handler. REQUIRES: there is none yet.
    template <class Handler>
    void store(Handler&& handler)
    {
        using type = std::decay_t<Handler>;
        holder<type>::construct(storage_, std::forward<Handler>(handler));
        operations_ = &holder<type>::table;
    }

    /// Calls the handler on its executor; immediately if this is that executor (as `asio::dispatch`).
    void dispatch(error_code ec) { std::exchange(operations_, nullptr)->dispatch(storage_, ec); }
    /// Calls the handler on its executor, never immediately (as `asio::post`).
    void post(error_code ec) { std::exchange(operations_, nullptr)->post(storage_, ec); }
    /// Destroys the handler without calling it.
    void drop() noexcept
    {
        if (operations_ != nullptr) {
            std::exchange(operations_, nullptr)->destroy(storage_);
        }
    }

private:
    static constexpr std::size_t room = 2 * sizeof(void*);
    using storage = std::aligned_storage_t<room, alignof(void*)>;

    struct operations {
        void (*dispatch)(storage&, error_code);
        void (*post)(storage&, error_code);
        void (*destroy)(storage&) noexcept;
    };

    template <class Handler>
    struct holder {
        static constexpr bool in_place = sizeof(Handler) <= room && alignof(Handler) <= alignof(storage) &&
                                         std::is_nothrow_move_constructible_v<Handler>;
        using kept = std::conditional_t<in_place, Handler, std::unique_ptr<Handler>>;

        template <class H>
        static void construct(storage& s, H&& handler)
        {
            if constexpr (in_place) {
                new (&s) kept(std::forward<H>(handler));
            } else {
                new (&s) kept(std::make_unique<Handler>(std::forward<H>(handler)));
            }
        }
        static kept& get(storage& s) noexcept { return *std::launder(reinterpret_cast<kept*>(&s)); }
        /// Empties the storage first, because the handler may wait again.
        static Handler take(storage& s)
        {
            kept k{std::move(get(s))};
            destroy(s);
            if constexpr (in_place) {
                return k;
            } else {
                return std::move(*k);
            }
        }
        static void dispatch(storage& s, error_code ec) { boost::asio::dispatch(boost::asio::append(take(s), ec)); }
        static void post(storage& s, error_code ec) { boost::asio::post(boost::asio::append(take(s), ec)); }
        static void destroy(storage& s) noexcept { get(s).~kept(); }

        static constexpr operations table{&dispatch, &post, &destroy};
    };

    storage storage_;
    operations const* operations_ = nullptr;
};

} // namespace sluice
