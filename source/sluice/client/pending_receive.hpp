#pragma once

#include <sluice/client/received_event.hpp>
#include <sluice/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace sluice {

/// The handler of a waiting receive, with its type erased. It holds outstanding work of the executor that will run it,
/// so that the executor's context does not stop early.
class pending_receive {
public:
    struct deleter {
        void operator()(pending_receive* p) const noexcept { p->destroy(); }
    };
    using pointer = std::unique_ptr<pending_receive, deleter>;

    pending_receive(pending_receive const&) = delete;
    pending_receive& operator=(pending_receive const&) = delete;

    [[nodiscard]] boost::asio::cancellation_slot& slot() noexcept { return slot_; }

    /// Calls the handler on its executor; immediately if this is that executor.
    static void dispatch(pointer p, error_code ec, received_event e) { p.release()->complete(false, ec, std::move(e)); }
    /// Calls the handler on its executor, never immediately.
    static void post(pointer p, error_code ec) { p.release()->complete(true, ec, {}); }

protected:
    explicit pending_receive(boost::asio::cancellation_slot slot) : slot_{slot} {}
    ~pending_receive() = default;

    void release_slot() noexcept
    {
        if (slot_.is_connected()) {
            slot_.clear();
        }
    }

private:
    virtual void complete(bool later, error_code ec, received_event e) = 0;
    virtual void destroy() noexcept = 0;

    boost::asio::cancellation_slot slot_;
};

template <class Handler>
class pending_receive_of final : public pending_receive {
public:
    [[nodiscard]] static pointer make(Handler handler, boost::asio::any_io_executor const& fallback)
    {
        allocator a{boost::asio::get_associated_allocator(handler)};
        auto* const memory = std::allocator_traits<allocator>::allocate(a, 1);
        return pointer{new (memory) pending_receive_of{std::move(handler), fallback}};
    }

private:
    using executor = boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>;
    using work = std::decay_t<decltype(boost::asio::prefer(std::declval<executor const&>(),
                                                           boost::asio::execution::outstanding_work.tracked))>;
    using allocator = typename std::allocator_traits<
        boost::asio::associated_allocator_t<Handler>>::template rebind_alloc<pending_receive_of>;

    pending_receive_of(Handler handler, boost::asio::any_io_executor const& fallback)
        : pending_receive{boost::asio::get_associated_cancellation_slot(handler)},
          work_{boost::asio::prefer(boost::asio::get_associated_executor(handler, fallback),
                                    boost::asio::execution::outstanding_work.tracked)},
          handler_{std::move(handler)}
    {
    }
    ~pending_receive_of() = default;

    void complete(bool later, error_code ec, received_event e) override
    {
        release_slot();
        allocator const a{boost::asio::get_associated_allocator(handler_)};
        auto const where = work_;
        auto call = [handler = std::move(handler_), ec, e = std::move(e)]() mutable {
            std::move(handler)(ec, std::move(e));
        };
        // The memory is freed before the handler runs, because the handler may start the next receive.
        free(a);
        if (later) {
            boost::asio::post(where, std::move(call));
        } else {
            boost::asio::dispatch(where, std::move(call));
        }
    }

    void destroy() noexcept override
    {
        // The slot lives as long as the handler.
        release_slot();
        free(allocator{boost::asio::get_associated_allocator(handler_)});
    }

    void free(allocator a) noexcept
    {
        this->~pending_receive_of();
        std::allocator_traits<allocator>::deallocate(a, this, 1);
    }

    work work_;
    Handler handler_;
};

} // namespace sluice
