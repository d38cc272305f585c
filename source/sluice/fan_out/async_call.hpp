#pragma once

#include <sluice/fan_out/shard.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

namespace sluice {

/// The outcome of a call on a shard's thread. (Asio in Boost 1.81 cannot await a value or an exception.)
template <class R>
struct outcome {
    R returned{};
    std::exception_ptr thrown;

    /// Returns what the call returned, or throws what it threw.
    R get() &&
    {
        if (thrown) {
            std::rethrow_exception(thrown);
        }
        return std::move(returned);
    }
};

/// Runs `f(shard&)` on the shard's thread and completes with `void(outcome<R>)`. Not cancellable. Safe from any thread.
template <class F, class Token>
auto async_call(std::shared_ptr<shard> const& there, F f, Token&& token)
{
    using R = std::invoke_result_t<F&, shard&>;
    return boost::asio::async_initiate<Token, void(outcome<R>)>(
        [there](auto handler, F call) {
            auto const completion = boost::asio::get_associated_executor(handler, there->executor());
            boost::asio::post(there->executor(), [there, call = std::move(call), handler = std::move(handler),
                                                  work = boost::asio::make_work_guard(completion)]() mutable {
                outcome<R> found;
                try {
                    found.returned = call(*there);
                } catch (...) {
                    found.thrown = std::current_exception();
                }
                boost::asio::dispatch(work.get_executor(), boost::asio::append(std::move(handler), std::move(found)));
            });
        },
        token, std::move(f));
}

} // namespace sluice
