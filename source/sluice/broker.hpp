#pragma once

#include <sluice/config.hpp>
#include <sluice/delivery/client.hpp>
#include <sluice/error.hpp>
#include <sluice/event/event.hpp>
#include <sluice/event/event_id.hpp>
#include <sluice/event/frame.hpp>
#include <sluice/export.hpp>
#include <sluice/fan_out/connect_request.hpp>
#include <sluice/history.hpp>
#include <sluice/limits.hpp>
#include <sluice/metrics.hpp>
#include <sluice/observer.hpp>
#include <sluice/presence.hpp>
#include <sluice/session/revocation.hpp>
#include <sluice/session/session_id.hpp>
#include <sluice/stats.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
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
class publishing_pass;
class shard;
enum class push_outcome : std::uint8_t;
struct shared_state;

/// What a publisher gets back.
struct publish_receipt {
    /// How many events were published.
    std::size_t count = 0;
    /// The id of the first of them: the publisher's own, or `<hi>-<lo>`. Empty when there was none.
    std::string first;
    /// The id of the last of them.
    std::string last;
    /// How many streams were connected at that moment.
    std::size_t clients = 0;
};

/// What the sender of an event for certain sessions gets back.
struct send_receipt {
    /// The event's id: the publisher's own, or `<hi>-<lo>`. Empty when nothing was published.
    std::string id;
    /// The named sessions that do not exist, and then the named subjects without a session.
    std::vector<std::string> unknown;
};

/// The hub: takes events, puts them into one order, and delivers each to every session that it is for.
///
/// A broker spreads its sessions over shards, one for each executor that it is given. Each executor must run only one
/// handler at a time: it is that of an `io_context` which is run by one thread, always the same; or a strand of a pool
/// or of an `io_context` that several threads run. The executor of a thread pool, or the system's, is refused by the
/// constructor. If a second thread runs an `io_context` whose executor was given without a strand, connecting and
/// publishing fail with `wrong_executor` from then on. All executors outlive the broker.
///
/// Thread-safety: every function may be called from any thread. Asynchronous functions complete on the handler's
/// associated executor, or on the first shard's if it has none. They cannot be cancelled, but they all end, at the
/// latest with `async_stop`.
class SLUICE_EXPORT broker {
public:
    /// Makes a broker with one shard for each executor; there is at least one, and none is given twice. The observer,
    /// if there is one, outlives the broker. Throws `std::invalid_argument` if an executor is wrong (see above) or a
    /// value of the configuration is out of range (`checked`); its text says which.
    /// @code
    /// asio::io_context first{1};
    /// asio::io_context second{1}; // each is run by a thread of its own
    /// sluice::broker hub{{first.get_executor(), second.get_executor()}, {.sessions = {.buffer_size = 500}}};
    /// @endcode
    explicit broker(std::vector<boost::asio::any_io_executor> executors, broker_config const& config = {},
                    observer* watcher = nullptr);
    /// Complete `async_stop` first, or make sure that no thread runs the executors. A stream's coroutine that waits for
    /// events is destroyed without being resumed, by its executor when that next runs or ends, and so is a waiting
    /// handler. A coroutine that waits for its connection resumes when the executors run again, and ends.
    ~broker();
    broker(broker const&) = delete;
    broker& operator=(broker const&) = delete;

    /// The configuration that was given, as `checked` returns it. Limits may have changed since; see `limits`.
    [[nodiscard]] broker_config const& config() const noexcept;

    /// The limits in force: those of `config`, or as `set_limits` changed them.
    [[nodiscard]] sluice::limits limits() const noexcept;
    /// Changes limits while the broker runs. Existing streams, sessions and events above a lowered limit stay; new ones
    /// are judged by the new limit. A client that lags by more than a lowered `max_lag` is cut off with the next
    /// events.
    void set_limits(sluice::limits const& to) noexcept;

    /// @name Publishing
    /// An event is accepted once its id is returned: every session that lives at that moment gets it, or is told that
    /// it was lost. A publisher never waits for a subscriber, only for room in the ring. Errors: those of
    /// `sluice::validate`, `stopped`, `topic_closed` (`event::last`), `no_memory`, `wrong_executor` (an executor of the
    /// broker's, not the caller's), and, where stated, `ring_full`, `too_many_events`, `no_target` and
    /// `unknown_session`. After an error nothing was published.
    /// @{

    /// Publishes the events to every session, consecutively and in this order. If a shard is a whole ring behind, the
    /// call blocks until there is room, but never for work that needs the calling thread. Called within a shard's
    /// executor, it does that shard's work itself. Where it can neither wait nor do the work, it fails with
    /// `ring_full`, or with `too_many_events` if there are more events than the ring holds:
    /// - on a thread of the pool or context whose strands are the broker's executors, outside the strand that is
    /// behind;
    /// - within a shard's own work, for example in an observer;
    /// - while no executor has been run yet;
    /// - if an executor is neither an `io_context`'s nor a strand of one or of an `asio::thread_pool`.
    ///
    /// `async_broadcast` works everywhere.
    /// @code
    /// auto const published = hub.broadcast({.type = "progress", .data = "42 %"});
    /// if (published.has_error()) {
    ///     std::cerr << published.error().message() << '\n';
    /// }
    /// @endcode
    result<publish_receipt> broadcast(std::span<event const> events);
    /// The same for one event.
    result<publish_receipt> broadcast(event const& e) { return broadcast(std::span{&e, 1}); }

    /// As `broadcast`, but never waits: fails with `ring_full`, or with `too_many_events` if there are more events than
    /// the ring holds.
    result<publish_receipt> try_broadcast(std::span<event const> events);
    /// The same for one event.
    /// @code
    /// if (hub.try_broadcast({.type = "tick"}).has_error()) {
    ///     ++skipped; // the next tick will do
    /// }
    /// @endcode
    result<publish_receipt> try_broadcast(event const& e) { return try_broadcast(std::span{&e, 1}); }

    /// As `broadcast`, but waits without blocking, on any thread. Completes with `void(error_code, publish_receipt)`.
    /// @code
    /// std::vector<sluice::event> const events{{.type = "begin"}, {.type = "end"}};
    /// auto const receipt = co_await hub.async_broadcast(events, asio::use_awaitable);
    /// @endcode
    template <boost::asio::completion_token_for<void(error_code, publish_receipt)> Token>
    auto async_broadcast(std::vector<event> events, Token&& token)
    {
        return run_operation<error_code, publish_receipt>(do_broadcast(std::move(events)), std::forward<Token>(token));
    }
    /// The same for one event. (In a coroutine, name the event first: g++ 12 destroys a braced temporary twice.)
    template <boost::asio::completion_token_for<void(error_code, publish_receipt)> Token>
    auto async_broadcast(event e, Token&& token)
    {
        std::vector<event> events;
        events.push_back(std::move(e));
        return async_broadcast(std::move(events), std::forward<Token>(token));
    }
    /// The same for one event of this type, without an id of its own.
    /// @code
    /// auto const receipt = co_await hub.async_broadcast("said", text, asio::use_awaitable);
    /// @endcode
    template <boost::asio::completion_token_for<void(error_code, publish_receipt)> Token>
    auto async_broadcast(std::string type, std::string data, Token&& token)
    {
        return async_broadcast(event{.type = std::move(type), .data = std::move(data)}, std::forward<Token>(token));
    }

    /// Publishes the message's event to the sessions that it names, and to those of the subjects that it names, whether
    /// they have a connection or not. Completes with `void(error_code, send_receipt)`. Errors: `no_target` if it names
    /// none (an event for everybody is broadcast); `unknown_session` if none of them exists. (In a coroutine, name the
    /// message first: g++ 12 destroys a braced temporary twice.)
    /// @code
    /// sluice::message note{.event = {.type = "note", .data = text}, .targets = {first, second}};
    /// auto const receipt = co_await hub.async_send(std::move(note), asio::use_awaitable);
    /// sluice::message mail{.event = {.type = "mail", .data = text}, .targets = {}, .subjects = {"ann"}};
    /// auto const told = co_await hub.async_send(std::move(mail), asio::use_awaitable); // every tab of hers
    /// @endcode
    template <boost::asio::completion_token_for<void(error_code, send_receipt)> Token>
    auto async_send(message m, Token&& token)
    {
        return run_operation<error_code, send_receipt>(do_send(std::move(m)), std::forward<Token>(token));
    }
    /// The same for an event of this type, without an id of its own.
    /// @code
    /// co_await hub.async_send({session}, "token", text, asio::use_awaitable);
    /// @endcode
    template <boost::asio::completion_token_for<void(error_code, send_receipt)> Token>
    auto async_send(target_list to, std::string type, std::string data, Token&& token)
    {
        message m{.event = {.type = std::move(type), .data = std::move(data)}, .targets = std::move(to)};
        return async_send(std::move(m), std::forward<Token>(token));
    }

    /// Closes a topic behind what was published to it, as `event::last` does with an event: for a publisher that does
    /// not know beforehand which event is the last. Streams that want it alone, by its name, get `topic-end` and end. A
    /// topic of which the log holds no event is open again at once. Completes with `void(error_code)`. Errors: those of
    /// `validate_topic`, `topic_closed` if it is closed already, `stopped`, `no_memory`.
    /// @code
    /// co_await hub.async_close_topic("answer/7", asio::use_awaitable);
    /// @endcode
    template <boost::asio::completion_token_for<void(error_code)> Token>
    auto async_close_topic(std::string topic, Token&& token)
    {
        return run_operation<error_code>(do_mark_topic(frame_kind::topic_end, std::move(topic)),
                                         std::forward<Token>(token));
    }

    /// Forgets a topic: the events whose first topic it is are not replayed from now on, and it is open if it was
    /// closed. That a client has not got them counts as no loss; streams that are live get what was published before.
    /// Completes with `void(error_code)`. Errors: those of `validate_topic`, `stopped`, `no_memory`.
    template <boost::asio::completion_token_for<void(error_code)> Token>
    auto async_forget_topic(std::string topic, Token&& token)
    {
        return run_operation<error_code>(do_mark_topic(frame_kind::topic_forgotten, std::move(topic)),
                                         std::forward<Token>(token));
    }

    /// Whether the topic is closed now.
    [[nodiscard]] bool is_closed(std::string_view topic) const;
    /// @}

    /// @name Clients and sessions
    /// @{

    /// The executor on which to serve a client whose connection is on `here`: `here` if it is one of the broker's, else
    /// that of the shard with the fewest clients. A session that the client claims moves to the shard of that executor.
    [[nodiscard]] boost::asio::any_io_executor executor_for(boost::asio::any_io_executor const& here) const;

    /// @cond internal
    /// Connects a client, to a new session or the one that it claims; an older connection of that session ends.
    ///
    /// Completes with `void(error_code, std::unique_ptr<client>)`, on the handler's associated executor, which must be
    /// one of the broker's: the client is of that shard, to which a session that it claims moves. Errors:
    /// `wrong_executor`, `not_the_owner`, `topic_closed`, `thrashing`, `too_many_connections`, `too_many_sessions`,
    /// `no_memory`, `stopped`.
    template <boost::asio::completion_token_for<void(error_code, std::unique_ptr<client>)> Token>
    auto async_connect(connect_request request, Token&& token)
    {
        return async_connect_held(std::make_unique<connect_request>(std::move(request)), std::forward<Token>(token));
    }
    /// The same, for a coroutine that would otherwise have the request in its frame.
    template <boost::asio::completion_token_for<void(error_code, std::unique_ptr<client>)> Token>
    auto async_connect_held(std::unique_ptr<connect_request> request, Token&& token)
    {
        return boost::asio::async_initiate<Token, void(error_code, std::unique_ptr<client>)>(
            [this](auto handler, std::unique_ptr<connect_request> wanted) {
                auto const here = boost::asio::get_associated_executor(handler, first_executor());
                start_operation<error_code, std::unique_ptr<client>>(do_connect(std::move(*wanted), here),
                                                                     std::move(handler));
            },
            token, std::move(request));
    }
    /// @endcond

    /// Ends the session's connection; the session stays and can resume. Completes with `void(error_code, bool)`:
    /// whether it had a connection. Error: `unknown_session`.
    /// @code
    /// bool const had_one = co_await hub.async_disconnect(session, asio::use_awaitable);
    /// @endcode
    template <boost::asio::completion_token_for<void(error_code, bool)> Token>
    auto async_disconnect(session_id id, Token&& token)
    {
        return run_operation<error_code, bool>(do_disconnect(id), std::forward<Token>(token));
    }

    /// Makes a session that collects events from now on and belongs to the first client that claims it. Completes with
    /// `void(error_code, session_id)`. Errors: `too_many_sessions`, `reconnection_off`, `no_memory`, `stopped`.
    /// @code
    /// auto const session = co_await hub.async_mint(asio::use_awaitable);
    /// auto const address = "/events?session=" + to_string(session); // for the page's EventSource
    /// @endcode
    template <boost::asio::completion_token_for<void(error_code, session_id)> Token>
    auto async_mint(Token&& token)
    {
        return run_operation<error_code, session_id>(do_mint(), std::forward<Token>(token));
    }

    /// Ends the session's connection and forgets the session. Completes with `void(error_code)`. Error:
    /// `unknown_session`.
    /// @code
    /// co_await hub.async_remove(session, asio::use_awaitable);
    /// @endcode
    template <boost::asio::completion_token_for<void(error_code)> Token>
    auto async_remove(session_id id, Token&& token)
    {
        return run_operation<error_code>(do_remove(id), std::forward<Token>(token));
    }

    /// Ends the connections of all sessions of the subject (`grant::subject`, not empty) and forgets the
    /// sessions, for example when a user logs out. Completes with `void(std::size_t)`: how many there were. Visits
    /// every session.
    /// @code
    /// auto const ended = co_await hub.async_remove_all("ann", asio::use_awaitable);
    /// @endcode
    template <boost::asio::completion_token_for<void(std::size_t)> Token>
    auto async_remove_all(std::string subject, Token&& token)
    {
        return run_operation<std::size_t>(do_remove_all(std::move(subject)), std::forward<Token>(token));
    }

    /// Ends the streams whose grant is withdrawn: those of the subject or of the token that the revocation names. Each
    /// gets the event `token-expired`. Completes with `void(std::size_t)`: how many there were. Visits every stream.
    /// Their sessions stay, for claims with other grants; to refuse claims with such a grant from now on is
    /// the application's share.
    /// @code
    /// auto const ended = co_await hub.async_revoke({.subject = "ann"}, asio::use_awaitable);
    /// @endcode
    template <boost::asio::completion_token_for<void(std::size_t)> Token>
    auto async_revoke(revocation r, Token&& token)
    {
        return run_operation<std::size_t>(do_revoke(std::move(r)), std::forward<Token>(token));
    }

    /// Lists the sessions that match, in the order of their ids. Completes with `void(std::vector<session_info>)`.
    /// Visits every session: meant for people, not for programs that poll.
    template <boost::asio::completion_token_for<void(std::vector<session_info>)> Token>
    auto async_list(session_query wanted, Token&& token)
    {
        return run_operation<std::vector<session_info>>(do_list(std::move(wanted)), std::forward<Token>(token));
    }
    /// Lists up to `limit` sessions with ids greater than `after`, in the order of their ids.
    /// @code
    /// auto const page = co_await hub.async_list(std::nullopt, 100, asio::use_awaitable); // the first hundred
    /// @endcode
    template <boost::asio::completion_token_for<void(std::vector<session_info>)> Token>
    auto async_list(std::optional<session_id> after, std::size_t limit, Token&& token)
    {
        return async_list({.after = after, .limit = limit, .subject = {}, .active = {}}, std::forward<Token>(token));
    }

    /// Describes one session. Completes with `void(error_code, session_info)`. Error: `unknown_session`.
    /// @code
    /// auto const info = co_await hub.async_find(session, asio::use_awaitable);
    /// @endcode
    template <boost::asio::completion_token_for<void(error_code, session_info)> Token>
    auto async_find(session_id id, Token&& token)
    {
        return run_operation<error_code, session_info>(do_find(id), std::forward<Token>(token));
    }
    /// The same for the session with this handle (`session_info::handle`). Visits the id of every session, in slices
    /// that give way to other work on the handler's executor.
    template <boost::asio::completion_token_for<void(error_code, session_info)> Token>
    auto async_find(std::string handle, Token&& token)
    {
        return run_operation<error_code, session_info>(do_find_handle(std::move(handle)), std::forward<Token>(token));
    }

    /// The handle under which a session of this id appears in logs and to observers (`session_info::handle`), whether
    /// the session exists or not. Another broker gives it another handle, and so does the same one after a restart.
    [[nodiscard]] std::string handle_of(session_id id) const;

    /// How many streams are connected.
    [[nodiscard]] std::size_t client_count() const noexcept;
    /// Sums what the shards have counted. It does not wait for them, so the numbers are not from one single moment.
    [[nodiscard]] sluice::session_stats session_stats() const;

    /// The place of the newest event, which a client may name as its last event id (`to_string`); `lo` is 0 while there
    /// is none. Safe from any thread.
    [[nodiscard]] event_id newest_event_id() const noexcept;

    /// Asks each shard in turn for everything that it has counted. Completes with `void(broker_metrics)`. The numbers
    /// are not from one single moment.
    /// @code
    /// auto const metrics = co_await hub.async_metrics(asio::use_awaitable);
    /// auto const lost = metrics[sluice::counted::events_lost];
    /// @endcode
    template <boost::asio::completion_token_for<void(broker_metrics)> Token>
    auto async_metrics(Token&& token)
    {
        return run_operation<broker_metrics>(do_metrics(), std::forward<Token>(token));
    }
    /// @}

    /// Reads a page of the broadcasts that the log holds. Completes with `void(error_code, history_page)`. Error:
    /// `no_memory`. Not cancellable. A page costs what its events take and one look at each that is held.
    /// @code
    /// sluice::history_query query{.topics = {"chat/7"}};
    /// do {
    ///     auto const page = co_await hub.async_history(query, asio::use_awaitable);
    ///     show(page.events);
    ///     query.since = page.next;
    /// } while (!query.since.empty());
    /// @endcode
    template <boost::asio::completion_token_for<void(error_code, history_page)> Token>
    auto async_history(history_query wanted, Token&& token)
    {
        return run_operation<error_code, history_page>(do_history(std::move(wanted)), std::forward<Token>(token));
    }

    /// Says who has a topic open, or each topic that a pattern matches, in pages: nobody unless
    /// `broker_config::presence` is set. Completes with `void(error_code, presence_page)`. Error: `no_memory`. Not
    /// cancellable. A page costs what is on it, and with a pattern one look at each topic that a stream names, in
    /// slices that give way to other work. What comes and goes meanwhile may be on it or not.
    /// @code
    /// sluice::presence_query query{.topic = "chat/7"};
    /// do {
    ///     auto const [ec, page] = co_await hub.async_presence(query, asio::as_tuple(asio::use_awaitable));
    ///     show(page.topics.front().subjects);
    ///     query.after = page.topics.front().next;
    /// } while (!query.after.empty());
    /// @endcode
    template <boost::asio::completion_token_for<void(error_code, presence_page)> Token>
    auto async_presence(presence_query wanted, Token&& token)
    {
        return run_operation<error_code, presence_page>(do_presence(std::move(wanted)), std::forward<Token>(token));
    }

    /// Whether `async_stop` was called.
    [[nodiscard]] bool stopping() const noexcept;

    /// Stops the broker. From the call on nothing more is accepted. Each stream gets the events that were accepted
    /// before, then `shutdown`, and ends; after `timeout`, streams that have not ended are closed. Completes with
    /// `void()` once all have ended. The executors must run until then.
    /// @code
    /// hub.async_stop(std::chrono::seconds{5}, asio::use_future).get(); // on a thread that runs no shard
    /// context.stop();
    /// @endcode
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
    [[nodiscard]] operation<error_code> do_mark_topic(frame_kind kind, std::string topic);
    [[nodiscard]] operation<error_code, send_receipt> do_send(message m);
    [[nodiscard]] operation<error_code, std::unique_ptr<client>> do_connect(connect_request request,
                                                                            boost::asio::any_io_executor here);
    [[nodiscard]] operation<error_code, bool> do_disconnect(session_id id);
    [[nodiscard]] operation<error_code, session_id> do_mint();
    [[nodiscard]] operation<error_code> do_remove(session_id id);
    [[nodiscard]] operation<std::size_t> do_remove_all(std::string subject);
    [[nodiscard]] operation<std::size_t> do_revoke(revocation r);
    [[nodiscard]] operation<std::vector<session_info>> do_list(session_query wanted);
    [[nodiscard]] operation<error_code, session_info> do_find(session_id id);
    [[nodiscard]] operation<error_code, session_info> do_find_handle(std::string handle);
    [[nodiscard]] operation<error_code, history_page> do_history(history_query wanted);
    [[nodiscard]] operation<error_code, presence_page> do_presence(presence_query wanted);
    [[nodiscard]] operation<broker_metrics> do_metrics();
    void refuse_all() noexcept;
    [[nodiscard]] operation<> do_stop(std::chrono::milliseconds timeout);
    [[nodiscard]] boost::asio::awaitable<void> stop_shards(std::chrono::milliseconds timeout);
    [[nodiscard]] boost::asio::awaitable<error_code> push_when_room(frames const& all);
    [[nodiscard]] boost::asio::awaitable<std::vector<session_id>> known_among(std::vector<std::string> const& targets);
    [[nodiscard]] boost::asio::awaitable<std::vector<bool>> add_sessions_of(std::vector<std::string> const& subjects,
                                                                            std::vector<session_id>& known) const;
    using ids_by_shard = std::vector<std::vector<session_id>>;
    /// A session with the number of its home's note that it lives elsewhere (`registry::note_of`).
    using noted_session = std::pair<session_id, std::uint64_t>;
    using noted_by_shard = std::vector<std::vector<noted_session>>;
    [[nodiscard]] boost::asio::awaitable<void> look_at_home(ids_by_shard const& at_home, std::vector<session_id>& known,
                                                            noted_by_shard& elsewhere) const;
    [[nodiscard]] boost::asio::awaitable<ids_by_shard> look_elsewhere(noted_by_shard const& elsewhere,
                                                                      std::vector<session_id>& known) const;
    [[nodiscard]] boost::asio::awaitable<std::vector<session_info>> list_once(session_query const& wanted) const;
    [[nodiscard]] std::uint64_t moves() const noexcept;

    [[nodiscard]] result<frames> encode(std::span<event const> events, std::vector<session_id> const& targets) const;
    /// Events that are ready to be pushed, and their receipt with room for what it will say: once they are published
    /// nothing needs memory.
    struct prepared {
        frames all;
        publish_receipt receipt;
    };
    [[nodiscard]] result<prepared> prepare(std::span<event const> events) const;
    [[nodiscard]] publish_receipt receipt_of(prepared& published) const;
    template <class Push>
    [[nodiscard]] result<publish_receipt> publish(std::span<event const> events, Push push);
    [[nodiscard]] bool push(std::span<boost::intrusive_ptr<frame> const> some);
    [[nodiscard]] push_outcome try_push(publishing_pass& pass, std::span<boost::intrusive_ptr<frame> const> some);
    [[nodiscard]] error_code push_blocking(frames const& all);
    [[nodiscard]] static bool may_wait_for(std::shared_ptr<shard> const& s);
    [[nodiscard]] error_code wait_for_room(std::size_t events);
    void count_delay(bool& counted_already) noexcept;
    [[nodiscard]] std::shared_ptr<shard> shard_on(boost::asio::any_io_executor const& executor) const;
    [[nodiscard]] std::shared_ptr<shard> shard_near(boost::asio::any_io_executor const& executor) const;
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
