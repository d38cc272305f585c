#pragma once

#include <sluice/config.hpp>
#include <sluice/delivery/client.hpp>
#include <sluice/error.hpp>
#include <sluice/event/event.hpp>
#include <sluice/event/frame.hpp>
#include <sluice/export.hpp>
#include <sluice/fan_out/connect_request.hpp>
#include <sluice/limits.hpp>
#include <sluice/metrics.hpp>
#include <sluice/observer.hpp>
#include <sluice/session/session_id.hpp>
#include <sluice/stats.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice {

class cleanup;
class shard;
struct shared_state;

/// What a publisher is told.
struct publish_receipt {
    /// How many events were published.
    std::size_t count = 0;
    /// The id of the first of them: the publisher's own, or `<hi>-<lo>`. Empty when there was none.
    std::string first;
    /// The id of the last of them, likewise.
    std::string last;
    /// Streams that were connected at that moment.
    std::size_t clients = 0;
};

/// What the sender of a targeted event is told.
struct send_receipt {
    /// The event's id: the publisher's own, or `<hi>-<lo>`. Empty when nothing was published.
    std::string id;
    /// Those of the named sessions that are not known.
    std::vector<std::string> unknown;
};

/// The hub: takes events, puts them into one order, and brings each to every session that it is for.
///
/// It spreads its sessions over shards, one for each executor that it is given. An executor runs one handler at a time:
/// that of an `io_context` which one thread runs, always the same; or a strand, of a pool or of an `io_context` that
/// several threads run. One that does not is an error: of a thread pool or the system's, when the broker is made; of an
/// `io_context` that several threads run, `wrong_executor` from connecting and publishing as soon as a second thread
/// turns up. All executors outlive the broker. Functions are safe from any thread. Asynchronous ones complete on the
/// handler's associated executor, else on the first shard's; they cannot be cancelled, except by `async_stop`.
class SLUICE_EXPORT broker {
public:
    /// `executors` are at least one, each given once. The observer, if there is one, outlives the broker. Throws
    /// `std::invalid_argument` for executors that cannot be right and for a configuration that is out of range
    /// (`checked`).
    /// @code
    /// asio::io_context io{1};
    /// sluice::broker hub{{io.get_executor()}};
    /// @endcode
    explicit broker(std::vector<boost::asio::any_io_executor> executors, broker_config const& config = {},
                    observer* watcher = nullptr);
    /// Complete `async_stop` first, or have no other thread run the executors: who still waits for events, a stream's
    /// coroutine or a handler, is then destroyed without being resumed, a coroutine by its executor (when it runs next,
    /// or ends). Who waits for his connection goes on when the executors run again, and ends.
    ~broker();
    broker(broker const&) = delete;
    broker& operator=(broker const&) = delete;

    /// As it was given, `checked`; `limits` says what may have changed since.
    [[nodiscard]] broker_config const& config() const noexcept;

    /// The limits in force: those of `config`, until `set_limits` changes them.
    [[nodiscard]] sluice::limits limits() const noexcept;
    /// Changes limits while the broker runs. What is already there stays: streams, sessions and events above a lowered
    /// limit are not touched, the next ones are judged by the new one; a client that lags by more than a lowered
    /// `max_lag` is cut off with the next events.
    void set_limits(sluice::limits const& to) noexcept;

    /// @name Publishing
    /// An event is accepted once its id is returned: every session that lives at that moment gets it, or is told of
    /// its loss. A publisher never waits for a subscriber, only for room in the ring. Errors: those of
    /// `sluice::validate`, `stopped`, `no_memory`, `wrong_executor` (of the broker's, not the caller's), and where it
    /// is said `ring_full`, `too_many_events`, `no_target` and `unknown_session`. When there is an error nothing was
    /// published.
    /// @{

    /// Publishes the events to every session, one behind the other in their order. Blocks while a shard is a whole
    /// ring behind, but never for work that needs the calling thread: within a shard's executor it does that shard's
    /// work meanwhile, and where it may neither do the work nor wait it answers `ring_full`, or `too_many_events` when
    /// they are more than the ring holds.
    ///
    /// It may not wait on a thread that runs what the broker's strands are strands of, outside of the one that is
    /// behind; from within a shard's own work, as in an observer; while nobody has run the executors yet; and where
    /// they are of a type that is neither an `io_context`'s nor a strand of one or of an `asio::thread_pool`.
    /// `async_broadcast` waits there.
    /// @code
    /// auto const published = hub.broadcast({.type = "progress", .data = "42 %"});
    /// if (published.has_error()) {
    ///     std::cerr << published.error().message() << '\n';
    /// }
    /// @endcode
    result<publish_receipt> broadcast(std::span<event const> events);
    /// As above, for one event.
    result<publish_receipt> broadcast(event const& e) { return broadcast(std::span{&e, 1}); }

    /// As `broadcast`, but never waits: error `ring_full`, or `too_many_events` when they are more than the ring holds.
    result<publish_receipt> try_broadcast(std::span<event const> events);
    /// As above, for one event.
    result<publish_receipt> try_broadcast(event const& e) { return try_broadcast(std::span{&e, 1}); }

    /// As `broadcast`, but waits without blocking, wherever it is called. Completes with
    /// `void(error_code, publish_receipt)`.
    template <boost::asio::completion_token_for<void(error_code, publish_receipt)> Token>
    auto async_broadcast(std::vector<event> events, Token&& token)
    {
        return run_operation<error_code, publish_receipt>(do_broadcast(std::move(events)), std::forward<Token>(token));
    }
    /// As above, for one event. (A coroutine names it before it awaits: g++ 12 destroys a braced one twice.)
    template <boost::asio::completion_token_for<void(error_code, publish_receipt)> Token>
    auto async_broadcast(event e, Token&& token)
    {
        std::vector<event> events;
        events.push_back(std::move(e));
        return async_broadcast(std::move(events), std::forward<Token>(token));
    }
    /// As above, for one event of the type, with no id of its own.
    /// @code
    /// auto const receipt = co_await hub.async_broadcast("said", text, asio::use_awaitable);
    /// @endcode
    template <boost::asio::completion_token_for<void(error_code, publish_receipt)> Token>
    auto async_broadcast(std::string type, std::string data, Token&& token)
    {
        return async_broadcast(event{.type = std::move(type), .data = std::move(data)}, std::forward<Token>(token));
    }

    /// Publishes the message's event to the sessions that it names, connected or buffered. Completes with
    /// `void(error_code, send_receipt)`. Errors `no_target`: it names none (what is for everybody is broadcast);
    /// `unknown_session`: none of the named is known.
    /// (A coroutine names the message before it awaits: g++ 12 destroys a braced one twice.)
    template <boost::asio::completion_token_for<void(error_code, send_receipt)> Token>
    auto async_send(message m, Token&& token)
    {
        return run_operation<error_code, send_receipt>(do_send(std::move(m)), std::forward<Token>(token));
    }
    /// As above, for an event of the type, with no id of its own.
    /// @code
    /// co_await hub.async_send({session}, "token", text, asio::use_awaitable);
    /// @endcode
    template <boost::asio::completion_token_for<void(error_code, send_receipt)> Token>
    auto async_send(target_list to, std::string type, std::string data, Token&& token)
    {
        message m{.event = {.type = std::move(type), .data = std::move(data)}, .targets = std::move(to)};
        return async_send(std::move(m), std::forward<Token>(token));
    }
    /// @}

    /// @name Clients and sessions
    /// @{

    /// The executor of the shard on which the claimed session lives; nothing when the claim names none that could be
    /// known, so that any shard will do.
    [[nodiscard]] std::optional<boost::asio::any_io_executor> home(std::string_view claim) const;

    /// The executor on which to serve who is at `here` and makes the claim: that of the session's shard, else `here` if
    /// it is one of the broker's, else that of the shard with the fewest clients.
    [[nodiscard]] boost::asio::any_io_executor executor_for(std::string_view claim,
                                                            boost::asio::any_io_executor const& here) const;

    /// Connects a client, to a new session or the one that it claims; an older connection of that session ends.
    ///
    /// Completes with `void(error_code, std::unique_ptr<client>)`, on the executor that is the shard's: the handler's
    /// associated executor must be `home(request.claim)` if that is something, else any of the broker's. Errors:
    /// `wrong_executor`, `not_the_owner`, `thrashing`, `too_many_connections`, `too_many_sessions`, `no_memory`,
    /// `stopped`.
    template <boost::asio::completion_token_for<void(error_code, std::unique_ptr<client>)> Token>
    auto async_connect(connect_request request, Token&& token)
    {
        return boost::asio::async_initiate<Token, void(error_code, std::unique_ptr<client>)>(
            [this](auto handler, connect_request wanted) {
                auto const here = boost::asio::get_associated_executor(handler, first_executor());
                start_operation<error_code, std::unique_ptr<client>>(do_connect(std::move(wanted), here),
                                                                     std::move(handler));
            },
            token, std::move(request));
    }

    /// Ends the session's connection; the session stays. Completes with `void(error_code, bool)`: whether it had one.
    /// Error: `unknown_session`.
    template <boost::asio::completion_token_for<void(error_code, bool)> Token>
    auto async_disconnect(session_id id, Token&& token)
    {
        return run_operation<error_code, bool>(do_disconnect(id), std::forward<Token>(token));
    }

    /// Makes a session that collects from now on and belongs to whoever claims it first. Completes with
    /// `void(error_code, session_id)`. Errors: `too_many_sessions`, `reconnection_off`, `no_memory`, `stopped`.
    template <boost::asio::completion_token_for<void(error_code, session_id)> Token>
    auto async_mint(Token&& token)
    {
        return run_operation<error_code, session_id>(do_mint(), std::forward<Token>(token));
    }

    /// Ends the session's connection and forgets it. Completes with `void(error_code)`: success or `unknown_session`.
    template <boost::asio::completion_token_for<void(error_code)> Token>
    auto async_remove(session_id id, Token&& token)
    {
        return run_operation<error_code>(do_remove(id), std::forward<Token>(token));
    }

    /// Ends the connections of all sessions of the subject (`session_meta::subject`, not empty) and forgets them, as
    /// when somebody logs out. Completes with `void(std::size_t)`: how many there were. Looks at every session.
    template <boost::asio::completion_token_for<void(std::size_t)> Token>
    auto async_remove_all(std::string subject, Token&& token)
    {
        return run_operation<std::size_t>(do_remove_all(std::move(subject)), std::forward<Token>(token));
    }

    /// Lists the sessions that are wanted, by id. Completes with `void(std::vector<session_info>)`. Looks at every
    /// session: for people, not for programs that poll.
    template <boost::asio::completion_token_for<void(std::vector<session_info>)> Token>
    auto async_list(session_query wanted, Token&& token)
    {
        return run_operation<std::vector<session_info>>(do_list(std::move(wanted)), std::forward<Token>(token));
    }
    /// Lists up to `limit` sessions with an id greater than `after`, by id.
    template <boost::asio::completion_token_for<void(std::vector<session_info>)> Token>
    auto async_list(std::optional<session_id> after, std::size_t limit, Token&& token)
    {
        return async_list({.after = after, .limit = limit, .subject = {}, .active = {}}, std::forward<Token>(token));
    }

    /// Describes one session. Completes with `void(error_code, session_info)`. Error: `unknown_session`.
    template <boost::asio::completion_token_for<void(error_code, session_info)> Token>
    auto async_find(session_id id, Token&& token)
    {
        return run_operation<error_code, session_info>(do_find(id), std::forward<Token>(token));
    }
    /// As above, for the session that logs call so (`session_info::handle`). Looks at the id of every session, in
    /// slices that give way to other work on the handler's executor.
    template <boost::asio::completion_token_for<void(error_code, session_info)> Token>
    auto async_find(std::string handle, Token&& token)
    {
        return run_operation<error_code, session_info>(do_find_handle(std::move(handle)), std::forward<Token>(token));
    }

    /// What logs and observers call the session with the id, whether there is one or not (`session_info::handle`). The
    /// handles of another broker, and after a restart, are others.
    [[nodiscard]] std::string handle_of(session_id id) const;

    /// How many streams are connected.
    [[nodiscard]] std::size_t client_count() const noexcept;
    /// Adds up what the shards have counted, without asking them: at once, and not of one moment.
    [[nodiscard]] sluice::session_stats session_stats() const;

    /// Asks each shard in turn for all that it has counted. Completes with `void(broker_metrics)`. The numbers are not
    /// of one moment.
    template <boost::asio::completion_token_for<void(broker_metrics)> Token>
    auto async_metrics(Token&& token)
    {
        return run_operation<broker_metrics>(do_metrics(), std::forward<Token>(token));
    }
    /// @}

    /// Whether `async_stop` was called.
    [[nodiscard]] bool stopping() const noexcept;

    /// Accepts nothing more from the call on, tells every stream that the server shuts down once it has what was
    /// accepted before, and waits until all of them have ended; closes after `timeout` those that have not. Completes
    /// with `void()`. The executors must run until then.
    template <boost::asio::completion_token_for<void()> Token>
    auto async_stop(std::chrono::milliseconds timeout, Token&& token)
    {
        refuse_all();
        return run_operation<>(do_stop(timeout), std::forward<Token>(token));
    }

private:
    class publishing;
    template <class... R>
    using operation = boost::asio::awaitable<std::tuple<R...>>;
    using frames = std::vector<boost::intrusive_ptr<frame>>;

    [[nodiscard]] operation<error_code, publish_receipt> do_broadcast(std::vector<event> events);
    [[nodiscard]] operation<error_code, send_receipt> do_send(message m);
    [[nodiscard]] operation<error_code, std::unique_ptr<client>> do_connect(connect_request request,
                                                                            boost::asio::any_io_executor here);
    [[nodiscard]] operation<error_code, bool> do_disconnect(session_id id);
    [[nodiscard]] operation<error_code, session_id> do_mint();
    [[nodiscard]] operation<error_code> do_remove(session_id id);
    [[nodiscard]] operation<std::size_t> do_remove_all(std::string subject);
    [[nodiscard]] operation<std::vector<session_info>> do_list(session_query wanted);
    [[nodiscard]] operation<error_code, session_info> do_find(session_id id);
    [[nodiscard]] operation<error_code, session_info> do_find_handle(std::string handle);
    [[nodiscard]] operation<broker_metrics> do_metrics();
    void refuse_all() noexcept;
    [[nodiscard]] operation<> do_stop(std::chrono::milliseconds timeout);
    [[nodiscard]] boost::asio::awaitable<void> stop_shards(std::chrono::milliseconds timeout);
    [[nodiscard]] boost::asio::awaitable<error_code> push_when_room(frames const& all);
    [[nodiscard]] boost::asio::awaitable<std::vector<session_id>> known_among(std::vector<std::string> const& targets);

    [[nodiscard]] result<frames> encode(std::span<event const> events, std::vector<session_id> const& targets) const;
    template <class Push>
    [[nodiscard]] result<publish_receipt> publish(std::span<event const> events, Push push);
    [[nodiscard]] bool push(std::span<boost::intrusive_ptr<frame> const> some);
    [[nodiscard]] error_code push_blocking(frames const& all);
    [[nodiscard]] static bool may_wait_for(std::shared_ptr<shard> const& s);
    [[nodiscard]] error_code wait_for_room(std::size_t events);
    void count_delay(bool& counted_already) noexcept;
    [[nodiscard]] static publish_receipt receipt_with_room(std::span<event const> events);
    void fill(publish_receipt& receipt, frames const& all) const;
    [[nodiscard]] shard& home_shard(session_id id) const noexcept;
    [[nodiscard]] std::shared_ptr<shard> shard_on(boost::asio::any_io_executor const& executor) const;
    [[nodiscard]] boost::asio::any_io_executor first_executor() const;

    /// Says in the results that memory was short, if that was it and they can say so; else throws on.
    template <class... R>
    static void note_failure(std::exception_ptr const& e, std::tuple<R...>& results)
    {
        try {
            std::rethrow_exception(e);
        } catch (std::bad_alloc const&) {
            if constexpr ((std::is_same_v<R, error_code> || ...)) {
                std::get<error_code>(results) = errc::no_memory;
            } else {
                throw;
            }
        }
    }

    /// Runs the coroutine on the handler's executor and calls the handler with what it returns.
    template <class... R, class Handler>
    void start_operation(operation<R...> coroutine, Handler handler)
    {
        auto const executor = boost::asio::get_associated_executor(handler, first_executor());
        boost::asio::co_spawn(executor, std::move(coroutine),
                              [h = std::move(handler)](std::exception_ptr const& e, std::tuple<R...> results) mutable {
                                  if (e) {
                                      note_failure(e, results);
                                  }
                                  std::apply(std::move(h), std::move(results));
                              });
    }

    template <class... R, class Token>
    auto run_operation(operation<R...> coroutine, Token&& token)
    {
        return boost::asio::async_initiate<Token, void(R...)>(
            [this](auto handler, operation<R...> started) {
                this->start_operation<R...>(std::move(started), std::move(handler));
            },
            token, std::move(coroutine));
    }

    std::shared_ptr<shared_state> shared_;
    std::vector<std::shared_ptr<shard>> shards_;
    std::shared_ptr<cleanup> cleanup_;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

} // namespace sluice
