#include "item_publisher.hpp"

#include "side_thread.hpp"
#include <sluice/http/closed_topic.hpp>
#include <sluice/http/publish_rights.hpp>
#include <sluice/http/retry_after.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <new>
#include <utility>

namespace sluice::server {

namespace asio = boost::asio;

namespace {

/// How many items are published before other work has its turn.
constexpr std::size_t most_at_once = 1000;

} // namespace

item_publisher::item_publisher(broker& b, expected<item_terms> const& terms)
    : broker_{b}, items_{terms.has_value() ? *terms : item_terms{}, b.limits().max_event_bytes}
{
    if (terms.has_error()) {
        give_up(terms.error());
    } else if (terms->closes_topics) {
        to_close_ = terms->defaults.topics;
        check_right_to_close(*terms);
    }
}

/// Told before anything is published.
void item_publisher::check_right_to_close(item_terms const& terms)
{
    event const end{.topics = to_close_};
    if (auto const allowed = check_rights({&end, 1}, terms.rights); allowed.has_error()) {
        give_up(allowed.error());
    }
}

bool item_publisher::is_much_work() const noexcept { return footprint() > most_bytes_on_worker; }

void item_publisher::give_up(problem why)
{
    if (!wrong_) {
        wrong_ = std::move(why);
    }
}

/// Reads the next items, unless some are waiting.
void item_publisher::read(std::string_view& part, bool is_last)
{
    if (!pending_.empty()) {
        return;
    }
    try {
        auto read = items_.read(part, pending_, most_at_once);
        if (read.has_value() && is_last && part.empty()) {
            read = items_.finish(pending_);
        }
        if (read.has_error()) {
            wrong_item_ = read.error();
        }
    } catch (std::bad_alloc const&) {
        wrong_item_ = to_problem(errc::no_memory);
    }
}

/// Adds what was published, or says why nothing was.
void item_publisher::note(error_code ec, publish_receipt const& receipt)
{
    pending_ = {};
    if (ec) {
        give_up(to_problem(ec));
        return;
    }
    if (receipt.count != 0) {
        first_ = count_ == 0 ? receipt.first : first_;
        last_ = receipt.last;
        count_ += receipt.count;
    }
    if (wrong_item_) {
        give_up(std::move(*wrong_item_));
    }
}

bool item_publisher::try_take(std::string_view& part, bool is_last)
{
    read(part, is_last);
    if (is_last && !to_close_.empty()) {
        return false;
    }
    auto published = broker_.try_broadcast(pending_);
    if (published.has_error() && published.error() == errc::topic_closed) {
        leave_out_closed();
        published = broker_.try_broadcast(pending_);
    }
    error_code const ec = published.error();
    if (ec == errc::ring_full || ec == errc::too_many_events) {
        return false;
    }
    note(ec, published.has_value() ? *published : publish_receipt{});
    return true;
}

/// Leaves out the first item with a topic that is closed, and all behind it.
void item_publisher::leave_out_closed()
{
    if (auto const closed = find_closed_topic(broker_, pending_)) {
        wrong_item_ = to_problem(*closed, fmt::format("item {}: ", count_ + closed->index + 1));
        pending_.resize(closed->index);
    }
}

asio::awaitable<void> item_publisher::async_take(std::string_view& part, bool is_last)
{
    read(part, is_last);
    leave_out_closed();
    auto const [ec, receipt] =
        co_await broker_.async_broadcast(std::move(pending_), asio::as_tuple(asio::use_awaitable));
    note(ec, receipt);
    if (is_last && part.empty() && pending_.empty()) {
        co_await close_topics();
    }
}

/// Closes the topics, each once, when the body has ended in order.
asio::awaitable<void> item_publisher::close_topics()
{
    for (auto& topic : std::exchange(to_close_, {})) {
        if (gave_up()) {
            break;
        }
        auto const [ec] = co_await broker_.async_close_topic(topic, asio::as_tuple(asio::use_awaitable));
        if (ec == errc::topic_closed) {
            give_up(to_problem(closed_topic{.topic = topic}));
        } else if (ec) {
            give_up(to_problem(ec));
        }
    }
}

reply item_publisher::answer() const
{
    if (!wrong_) {
        return json_reply(fmt::format(R"({{"count":{},"first":{},"last":{}}})", count_,
                                      count_ == 0 ? "null" : json_string(first_),
                                      count_ == 0 ? "null" : json_string(last_)));
    }
    auto r = problem_reply(*wrong_);
    r.body.insert(r.body.rfind('}'), fmt::format(R"(,"count":{})", count_));
    return with_retry_after(std::move(r), broker_.config().streams);
}

} // namespace sluice::server
