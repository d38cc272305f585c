#pragma once

#include <sluice/client/error.hpp>
#include <sluice/client/options.hpp>
#include <sluice/client/pending_receive.hpp>
#include <sluice/client/received_event.hpp>
#include <sluice/export.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/url/url_view.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

class event_source_core;

/// A client of an event stream: what a browser's `EventSource` is for pages, for coroutines (WHATWG HTML, 9.2).
/// @code
/// sluice::event_source source{context.get_executor(), "http://127.0.0.1:8080/events"};
/// for (;;) {
///     auto const event = co_await source.async_receive(asio::use_awaitable); // throws once it has ended for good
///     std::cout << event.type << ": " << event.data << '\n';
/// }
/// @endcode
/// It connects at the first receive. When the connection ends it reconnects by itself with the last event id, so a
/// receive simply takes longer while the server is away. It honours `retry`, redirections and 204, names its session to
/// a sluice server, sends cookies back, and accepts gzip (`Accept-Encoding: identity` among the options' fields turns
/// that off). It departs from the standard in three points:
/// - after 408, 425, 429 and all statuses from 500 to 599 it tries again, as `Retry-After` says (see
///   `event_source_options::strict`);
/// - only 301 and 308 change where the next attempt begins;
/// - a certificate that does not prove the server ends it for good.
///
/// It reads only as far as events are received: a slow receiver slows the server down and loses nothing.
///
/// Thread-safety: confined to its executor. If several threads run the executor, as in a pool, give it a strand and
/// call its functions there.
///
/// Lifetime: destroying it closes the connection at once, and a waiting receive completes with `operation_aborted`. It
/// may be destroyed at any time on its executor, even in the handler of its own receive. It may also be destroyed after
/// the executor's context if no other function is called by then; with a strand as executor only if it had not ended
/// before.
class SLUICE_EXPORT event_source {
public:
    /// The executor that it runs on, and on which handlers without an executor of their own are called.
    using executor_type = boost::asio::any_io_executor;

    /// Does not connect yet. Throws `boost::system::system_error` with
    /// - `event_source_errc::unsupported_url` if the URL is not `http` or `https` with a host and without credentials,
    /// or
    ///   is `https` while `options.tls` is null;
    /// - `event_source_errc::invalid_header` if a field of `options.headers` or the last event id is not well-formed;
    /// - `asio::error::name_too_long` if `options.unix_socket` is too long for a socket's path.
    event_source(executor_type executor, boost::urls::url_view const& url,
                 event_source_options const& options = default_options());
    /// The same, with the URL as text.
    event_source(executor_type executor, std::string_view url, event_source_options const& options = default_options());
    /// Takes over the connection and a waiting receive. The moved-from object may only be destroyed or assigned to.
    event_source(event_source&&) noexcept = default;
    /// Ends what this object was, as the destructor does, then takes over `other`.
    event_source& operator=(event_source&& other) noexcept;
    event_source(event_source const&) = delete;
    event_source& operator=(event_source const&) = delete;
    ~event_source();

    /// The executor that it was made with.
    [[nodiscard]] executor_type get_executor() const;

    /// Waits for the next event. Only one receive may wait at a time.
    ///
    /// Completes with `void(error_code, received_event)`. After any error but the first two the event source has ended
    /// for good:
    /// - `asio::error::operation_aborted`: it was cancelled, or the event source was destroyed, or `on_state` threw
    /// - `asio::error::already_started`: another receive is waiting
    /// - `event_source_errc::closed`: `close` was called
    /// - `event_source_errc::no_content`: the server wants no reconnection (204)
    /// - `event_source_errc::unexpected_status`, `event_source_errc::not_an_event_stream`,
    ///   `event_source_errc::too_many_redirects`, `event_source_errc::bad_redirect`: the server's answer is not a
    ///   stream
    /// - `errc::event_too_large`: see `event_source_options::max_event_bytes`
    /// - `event_source_errc::invalid_header`: `event_source_options::headers_for_attempt` returned a field that is not
    ///   well-formed
    /// - an error of OpenSSL: TLS cannot be established, for example because the certificate does not prove the host;
    ///   `why` has the reason
    ///
    /// Per-operation cancellation: any type. A cancelled receive takes no event, so that the next one gets it; the
    /// connection stays.
    template <boost::asio::completion_token_for<void(error_code, received_event)> Token = boost::asio::deferred_t>
    auto async_receive(Token&& token = Token{})
    {
        return boost::asio::async_initiate<Token, void(error_code, received_event)>(
            [core = core_](auto handler) {
                using pending = pending_receive_of<decltype(handler)>;
                start_receive(core, pending::make(std::move(handler), executor_of(*core)));
            },
            token);
    }

    /// Takes the next event if there is one already; never waits. The memory of `out`'s strings is reused.
    /// @code
    /// sluice::received_event event;
    /// while (source.try_receive(event)) { // all that have arrived
    ///     handle(event);
    /// }
    /// @endcode
    [[nodiscard]] bool try_receive(received_event& out);

    /// Ends the event source for good and closes the connection. Events that were not received are dropped; a waiting
    /// receive completes with `event_source_errc::closed`.
    void close();

    /// Whether a stream is open, is being connected, or has ended for good.
    [[nodiscard]] event_source_state state() const noexcept;
    /// What ended the last connection or attempt, in one line for a log; empty while a stream is open.
    [[nodiscard]] std::string const& why() const noexcept;
    /// The HTTP status of the last attempt's answer, 200 while a stream is open; 0 when there was none.
    [[nodiscard]] int status() const noexcept;
    /// The last id that the stream named up to the events received so far. A later client that starts with it as
    /// `event_source_options::last_event_id` continues from here.
    [[nodiscard]] std::string const& last_event_id() const noexcept;
    /// The session that a sluice server assigned; empty if there is none yet.
    [[nodiscard]] std::string session_id() const;

    /// The default argument of the constructors. It is a function, not `{}`, because g++ 12 destroys a temporary twice
    /// if another argument of the same call is awaited, as in `event_source source{co_await asio::this_coro::executor,
    /// url}`. For the same reason, name your own options there.
    [[nodiscard]] static event_source_options const& default_options() noexcept;

private:
    static void start_receive(std::shared_ptr<event_source_core> const& core, pending_receive::pointer waiter);
    static executor_type const& executor_of(event_source_core const& core) noexcept;

    std::shared_ptr<event_source_core> core_;
};

} // namespace sluice
