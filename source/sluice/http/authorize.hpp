#pragma once

#include <sluice/http/problem.hpp>
#include <sluice/http/response_fields.hpp>
#include <sluice/http/subscribe.hpp>
#include <sluice/session/grant.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/message.hpp>

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace sluice {

/// A client that is let in: what it is granted, and header fields for its response. A `grant` converts to it.
struct subscriber {
    /// No user, and no events.
    subscriber() = default;
    /// A client with this grant.
    subscriber(sluice::grant g, response_fields f = {}) // NOLINT(google-explicit-constructor): a grant says it all
        : grant{std::move(g)}, fields{std::move(f)}
    {
    }

    /// Who the client is and what it may have. It replaces the grant of an earlier claim.
    sluice::grant grant{};
    /// Further header fields of the stream's response.
    response_fields fields{};
};

/// @cond internal
/// The result of the application's function: `T` for an `asio::awaitable<T>`, else the return type.
template <class R>
struct decision {
    using type = R;
};
template <class T>
struct decision<boost::asio::awaitable<T>> {
    using type = T;
};

template <class T>
concept decides = std::convertible_to<T, expected<subscriber>> || std::convertible_to<T, expected<grant>>;
/// @endcond

/// Decides on a request for a stream: what the client is granted, or the problem with which it is refused (401, 403, or
/// `no_content()`, after which an `EventSource` does not come back). An exception from it ends `handler::serve` before
/// anything is connected.
///
/// It is made of a function that is called with the wanted stream and the request's header. The function returns a
/// `grant`, a `subscriber` (to add header fields to the response), a `problem`, or an `expected` of the first two. If
/// it has to wait, for example for a database, it returns an `asio::awaitable` of one of these.
/// @code
/// sluice::handler_options options;
/// options.authorize = [](auto const& wanted, auto const& request) -> sluice::expected<sluice::grant> {
///     if (request["X-User"].empty()) {
///         return sluice::problem{.status = 401, .detail = "log in first"};
///     }
///     return sluice::grant::of_everything(std::string{request["X-User"]});
/// };
/// @endcode
class authorize_function {
public:
    /// The result of calling it.
    using answer = boost::asio::awaitable<expected<subscriber>>;

    /// No function: every request is let in and may have every event.
    authorize_function() = default;
    /// Keeps the function, which is a plain one or a coroutine.
    template <class F>
        requires std::invocable<F&, subscribe_request const&, boost::beast::http::request_header<> const&>
    authorize_function(F f) // NOLINT(google-explicit-constructor): a function is one
    {
        using R = std::invoke_result_t<F&, subscribe_request const&, boost::beast::http::request_header<> const&>;
        using T = typename decision<R>::type;
        static_assert(decides<T>, "authorize returns a sluice::grant, a sluice::subscriber, a sluice::problem, a "
                                  "sluice::expected of the first two, or an asio::awaitable of one of these");
        if constexpr (std::is_same_v<R, answer>) {
            call_ = std::move(f);
        } else if constexpr (std::is_same_v<R, T>) {
            call_ = [plain = std::move(f)](auto const& wanted, auto const& request) mutable {
                return at_once(decided(plain(wanted, request)));
            };
        } else {
            call_ = [in_time = std::move(f)](auto const& wanted, auto const& request) mutable {
                return later(in_time(wanted, request));
            };
        }
    }

    /// Whether there is a function.
    explicit operator bool() const noexcept { return static_cast<bool>(call_); }
    /// Calls the function.
    answer operator()(subscribe_request const& wanted, boost::beast::http::request_header<> const& request) const
    {
        return call_(wanted, request);
    }

private:
    template <class T>
    [[nodiscard]] static expected<subscriber> decided(T made)
    {
        if constexpr (std::convertible_to<T, expected<subscriber>>) {
            return made;
        } else {
            expected<grant> granted{std::move(made)};
            return granted.has_error() ? expected<subscriber>{granted.error()}
                                       : expected<subscriber>{subscriber{std::move(*granted)}};
        }
    }
    static answer at_once(expected<subscriber> made) { co_return made; }
    template <class T>
    static answer later(boost::asio::awaitable<T> asked)
    {
        T made = co_await std::move(asked);
        co_return decided(std::move(made));
    }

    std::function<answer(subscribe_request const&, boost::beast::http::request_header<> const&)> call_;
};

} // namespace sluice
