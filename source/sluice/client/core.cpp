#include <sluice/client/core.hpp>

#include <sluice/client/connection_loop.hpp>
#include <sluice/client/error.hpp>
#include <sluice/client/longest_wait.hpp>
#include <sluice/client/request.hpp>
#include <sluice/client/verdict.hpp>
#include <sluice/event/event.hpp>

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice {
namespace {

/// Cuts times to what can be added to a clock's time without overflow.
[[nodiscard]] event_source_options bounded(event_source_options options)
{
    for (auto* const time : {&options.retry, &options.min_retry, &options.max_retry, &options.max_backoff,
                             &options.connect_timeout, &options.heartbeat_deadline, &options.learned_deadline}) {
        *time = std::clamp(*time, std::chrono::milliseconds{0}, longest_wait);
    }
    return options;
}

} // namespace

event_source_core::event_source_core(boost::asio::any_io_executor executor, boost::urls::url_view const& url,
                                     event_source_options options)
    : executor_{std::move(executor)},
      options_{bounded(std::move(options))},
      url_{url},
      reader_{options_.max_event_bytes, options_.last_event_id}
{
}

event_source_core::~event_source_core() = default;

// --- the receiving side

void event_source_core::receive(pending_receive::pointer waiter)
{
    if (waiter_) {
        pending_receive::post(std::move(waiter), boost::asio::error::already_started);
        return;
    }
    waiter_ = std::move(waiter);
    if (auto& slot = waiter_->slot(); slot.is_connected()) {
        slot.assign([this](boost::asio::cancellation_type) { cancel_receive(); });
    }
    if (ended() || fill()) {
        schedule();
    } else {
        want_more();
    }
}

bool event_source_core::try_receive(received_event& out)
{
    if (ended() && !has_ready_) {
        return false;
    }
    if (has_ready_) {
        has_ready_ = false;
        std::swap(out, ready_);
        return true;
    }
    if (take(out)) {
        return true;
    }
    want_more();
    return false;
}

void event_source_core::cancel_receive()
{
    if (waiter_) {
        pending_receive::post(std::move(waiter_), boost::asio::error::operation_aborted);
    }
}

void event_source_core::end(error_code ec, std::string why)
{
    if (ended()) {
        return;
    }
    auto const self = shared_from_this();
    end_ = ec;
    state_ = event_source_state::closed;
    if (loop_ != nullptr) {
        loop_->interrupt();
    }
    schedule();
    tell(std::move(why));
}

void event_source_core::close()
{
    has_ready_ = false;
    end(event_source_errc::closed, make_error_code(event_source_errc::closed).message());
}

void event_source_core::abandon() noexcept
{
    options_.on_state = nullptr;
    options_.headers_for_attempt = nullptr;
    options_.fetch_token = nullptr;
    has_ready_ = false;
    end(boost::asio::error::operation_aborted, {});
    cancel_receive();
}

std::string const& event_source_core::last_event_id() const noexcept
{
    return has_ready_ ? id_before_ready_ : reader_.parser().last_event_id();
}

std::string event_source_core::session_id() const { return std::string{memory_.session_id(origin_)}; }

/// Lets the coroutine continue, or starts it.
void event_source_core::want_more()
{
    if (ended()) {
        return;
    }
    if (loop_ != nullptr) {
        loop_->wake();
    } else if (!std::exchange(started_, true)) {
        loop_ = connection_loop::start(shared_from_this());
    }
}

void event_source_core::schedule()
{
    if (waiter_ && !std::exchange(scheduled_, true)) {
        boost::asio::post(executor_, [self = shared_from_this()] { self->deliver(); });
    }
}

/// Runs as a handler of its own on the executor, so that whatever the receive's handler does or throws concerns only
/// the executor. Until then the receive can be cancelled, and its event stays for the next one.
void event_source_core::deliver()
{
    scheduled_ = false;
    if (!waiter_) {
        return;
    }
    if (has_ready_) {
        has_ready_ = false;
        pending_receive::dispatch(std::move(waiter_), {}, std::exchange(ready_, {}));
    } else if (ended()) {
        pending_receive::dispatch(std::move(waiter_), *end_, {});
    } else {
        want_more(); // `try_receive` took the event first
    }
}

/// Reads the next event out of the bytes that have arrived.
bool event_source_core::take(received_event& out)
{
    event_view e;
    while (state_ == event_source_state::open && reader_.next(e)) {
        note_control_event(e.type);
        if (is_to_be_received(e.type)) {
            out.type = e.type;
            out.data = e.data;
            out.last_event_id = reader_.parser().last_event_id();
            out.origin = origin_;
            return true;
        }
    }
    if (auto const comments = reader_.parser().comments(); comments != comments_) {
        comments_ = comments;
        pulse_.on_comment();
    }
    return false;
}

/// Events that tell a loss are received even if control events are not wanted: nothing is lost silently.
bool event_source_core::is_to_be_received(std::string_view type) const noexcept
{
    return options_.control_events || !is_control_type(type) || type == "buffer-overflow" || type == "no-buffer";
}

void event_source_core::note_control_event(std::string_view type) noexcept
{
    if (type == "heartbeat") {
        pulse_.on_heartbeat();
    } else if (type == "server-busy") {
        refused_ = true;
    } else if (type == "token-expired") {
        token_expired_ = true;
    }
}

bool event_source_core::fill()
{
    if (!has_ready_) {
        id_before_ready_ = reader_.parser().last_event_id();
        has_ready_ = take(ready_);
    }
    return has_ready_;
}

bool event_source_core::offer()
{
    bool const there = fill();
    if (there) {
        schedule();
    }
    return there;
}

// --- the connecting side

void event_source_core::open_stream(std::string origin)
{
    auto const& head = reader_.response().head();
    memory_.note(origin, head);
    if (coding_of(head.content_encoding) == content_coding::gzip) {
        reader_.decode_gzip();
    }
    origin_ = std::move(origin);
    pulse_.begin_stream();
    refused_ = false;
    state_ = event_source_state::open;
    tell({});
}

std::chrono::milliseconds event_source_core::deadline() const noexcept
{
    auto const set = options_.heartbeat_deadline;
    return set.count() != 0 ? set : pulse_.deadline(options_.learned_deadline);
}

event_source_headers event_source_core::headers() const
{
    if (!options_.headers_for_attempt) {
        return options_.headers;
    }
    // A copy, because the function may destroy the event source and with it this object.
    auto const ask = options_.headers_for_attempt;
    auto more = ask();
    return merge_headers(options_.headers, std::move(more));
}

void event_source_core::set_connecting(std::string why)
{
    state_ = event_source_state::connecting;
    tell(std::move(why));
}

void event_source_core::tell(std::string why)
{
    why_ = std::move(why);
    if (options_.on_state) {
        // A copy, because the function may destroy the event source and with it this object.
        auto const on_state = options_.on_state;
        auto const text = why_;
        on_state(state_, text);
    }
}

void event_source_core::on_loop_gone(bool whole) noexcept
{
    loop_ = nullptr;
    if (!whole) {
        if (!ended()) {
            end_ = boost::asio::error::operation_aborted;
            state_ = event_source_state::closed;
        }
        // The context that would run the waiting receive is being destroyed, so the receive is destroyed too. The
        // executor goes as well: a strand must not outlive its context.
        auto const waiter = std::exchange(waiter_, nullptr);
        executor_ = nullptr;
    }
}

} // namespace sluice
