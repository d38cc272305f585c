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

/// A client of an event stream: the coroutine counterpart of a browser's `EventSource` (WHATWG HTML, 9.2).
///
/// It connects at the first receive and from then on reconnects by itself, with the last event id, so that a receive
/// waits out a server that is away. It honours `retry`, redirections and 204; it tells sluice which session it has, and
/// sends cookies back. It takes gzip (a field `Accept-Encoding: identity` among the options' has it ask for none).
/// Where it departs from the standard: 408, 425, 429 and all from 500 on are tried again, with `Retry-After` (see
/// `event_source_options::strict`); only 301 and 308 change where the next attempt begins; and a certificate that does
/// not prove the server is a failure for good.
///
/// Reading goes only as far as events are received: who receives slowly slows the server down, and loses nothing.
///
/// Thread-safety: confined to its executor. Where several threads run that (a pool), give it a strand and call it
/// there.
///
/// Lifetime: destroying it closes the connection at once; a receive that waits ends with `operation_aborted`. What is
/// left of its coroutine ends as the executor runs on, or with the executor's context. It may be destroyed at any time
/// on its executor, in a handler or a coroutine of its own receive, too; also after the context, if nothing else is
/// called by then and, where its executor is a strand, it was still connecting or open.
class SLUICE_EXPORT event_source {
public:
    /// What it runs on, and where handlers without an executor of their own are called.
    using executor_type = boost::asio::any_io_executor;

    /// Connects not yet. Throws `boost::system::system_error` with `event_source_errc::unsupported_url` when the URL is
    /// none, is not `http` or `https` with a host and without credentials, or is `https` and `options.tls` is missing;
    /// with `event_source_errc::invalid_header` when a field of `options.headers` or the last event id is not
    /// well-formed; with `asio::error::name_too_long` when `options.unix_socket` is no path for a socket.
    event_source(executor_type executor, boost::urls::url_view const& url,
                 event_source_options const& options = default_options());
    /// As above, with the URL as text.
    event_source(executor_type executor, std::string_view url, event_source_options const& options = default_options());
    /// Takes over the connection, and a receive that waits. The other may only be destroyed or assigned to.
    event_source(event_source&&) noexcept = default;
    /// Ends what it was, as the destructor does, and takes over the other.
    event_source& operator=(event_source&& other) noexcept;
    event_source(event_source const&) = delete;
    event_source& operator=(event_source const&) = delete;
    ~event_source();

    /// The executor that it was made with.
    [[nodiscard]] executor_type get_executor() const;

    /// Waits for the next event. One receive at a time.
    ///
    /// Completes with `void(error_code, received_event)`. Errors, all but the first two for good:
    /// - `asio::error::operation_aborted`: cancelled, or the event source was destroyed, or `on_state` threw
    /// - `asio::error::already_started`: another receive waits
    /// - `event_source_errc::closed`: by `close`
    /// - `event_source_errc::no_content`: the server wants no reconnection (204)
    /// - `event_source_errc::unexpected_status`, `event_source_errc::not_an_event_stream`,
    /// `event_source_errc::too_many_redirects`, `event_source_errc::bad_redirect`: the
    ///   server's answer is no stream
    /// - `errc::event_too_large`: see `event_source_options::max_event_bytes`
    /// - `event_source_errc::invalid_header`: from `event_source_options::headers_for_attempt`
    /// - those of OpenSSL: no connection by TLS can be made, for one because the certificate does not prove the host;
    ///   `why` has the reason
    ///
    /// Per-operation cancellation: any type. A cancelled receive takes no event: the next one gets it. The connection
    /// stays.
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

    /// Takes the next event if it has come already, and never waits. Strings of `out` are used again. When none is
    /// there, the event source goes on reading.
    [[nodiscard]] bool try_receive(received_event& out);

    /// Ends it for good and closes the connection. Events not received are dropped; a receive that waits completes with
    /// `event_source_errc::closed`.
    void close();

    /// Whether a stream is open, is on its way, or will not come any more.
    [[nodiscard]] event_source_state state() const noexcept;
    /// What ended the last connection or attempt, in one line for a log; empty while a stream is open.
    [[nodiscard]] std::string const& why() const noexcept;
    /// The HTTP status of the last attempt's answer, 200 while a stream is open; 0 when there was none.
    [[nodiscard]] int status() const noexcept;
    /// From here a later client can go on: the last id that the stream named before the next event to be received.
    [[nodiscard]] std::string const& last_event_id() const noexcept;
    /// The session that a sluice server gave; empty before.
    [[nodiscard]] std::string session_id() const;

    /// No argument of the constructor is a temporary with a destructor: g++ 12 destroys those twice where an argument
    /// beside them is awaited, as in `event_source source{co_await asio::this_coro::executor, url}`. Name your options
    /// there.
    [[nodiscard]] static event_source_options const& default_options() noexcept;

private:
    static void start_receive(std::shared_ptr<event_source_core> const& core, pending_receive::pointer waiter);
    static executor_type const& executor_of(event_source_core const& core) noexcept;

    std::shared_ptr<event_source_core> core_;
};

} // namespace sluice
