#include <sluice/broker.hpp>
#include <sluice/fan_out/shard.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <thread>
#include <utility>

namespace sluice {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

/// How long a publisher that may not block lets the shards work before it looks for room again.
constexpr auto room_poll_interval = 1ms;

} // namespace

result<broker::frames> broker::encode(std::span<event const> events, std::vector<session_id> const& targets) const
{
    if (stopping()) {
        return make_error_code(errc::stopped);
    }
    if (std::ranges::any_of(shards_, [](auto const& s) { return s->misused(); })) {
        return make_error_code(errc::wrong_executor);
    }
    auto const now = std::chrono::system_clock::now();
    frames made;
    made.reserve(events.size());
    for (auto const& e : events) {
        if (auto const ec = validate(e, shared_->in_force.max_event_bytes())) {
            return ec;
        }
        made.push_back(frame::make(e, targets, now));
    }
    return made;
}

bool broker::push(std::span<boost::intrusive_ptr<frame> const> some)
{
    if (!shared_->ring.try_push(some)) {
        return false;
    }
    for (auto const& s : shards_) {
        s->wake();
    }
    return true;
}

publish_receipt broker::receipt_for(frames const& all) const
{
    if (all.empty()) {
        return {};
    }
    return {.count = all.size(),
            .first = std::string{all.front()->id()},
            .last = std::string{all.back()->id()},
            .clients = client_count()};
}

result<publish_receipt> broker::try_broadcast(std::span<event const> events)
{
    auto const made = encode(events, {});
    if (made.has_error()) {
        return made.error();
    }
    if (!made->empty() && (made->size() > shared_->ring.capacity() || !push(*made))) {
        return make_error_code(errc::ring_full);
    }
    return receipt_for(*made);
}

result<publish_receipt> broker::broadcast(std::span<event const> events)
{
    auto const made = encode(events, {});
    if (made.has_error()) {
        return made.error();
    }
    if (!push_blocking(*made)) {
        return make_error_code(errc::ring_full);
    }
    return receipt_for(*made);
}

/// Counts a publish that waits, once.
void broker::count_delay(bool& counted_already) noexcept
{
    if (!std::exchange(counted_already, true)) {
        shared_->publishes_delayed.fetch_add(1, std::memory_order_relaxed);
    }
}

bool broker::push_blocking(frames const& all)
{
    // Looked for only when it matters: nobody but the caller can make room in the ring of the shard that he runs in.
    std::optional<std::vector<std::shared_ptr<shard>>::const_iterator> own;
    auto const most = shared_->ring.capacity();
    bool delayed = false;
    for (std::span rest{all}; !rest.empty();) {
        auto const some = rest.first(std::min(rest.size(), most));
        while (!push(some)) {
            count_delay(delayed);
            if (!own) {
                own = std::ranges::find_if(shards_, [](auto const& s) { return s->is_here(); });
            }
            if (*own != shards_.end() && !(**own)->pump()) {
                return false;
            }
            std::this_thread::yield();
        }
        rest = rest.subspan(some.size());
    }
    return true;
}

/// Fails only with `stopped`, and then nothing was pushed: what was begun is brought to its end.
asio::awaitable<error_code> broker::push_when_room(frames const& all)
{
    asio::steady_timer timer{co_await asio::this_coro::executor};
    auto const most = std::max<std::size_t>(1, shared_->ring.capacity() / 2);
    bool delayed = false;
    for (std::span rest{all}; !rest.empty();) {
        auto const some = rest.first(std::min(rest.size(), most));
        while (!push(some)) {
            count_delay(delayed);
            timer.expires_after(room_poll_interval);
            co_await timer.async_wait(asio::as_tuple(asio::deferred));
            if (stopping() && rest.size() == all.size()) {
                co_return errc::stopped;
            }
        }
        rest = rest.subspan(some.size());
    }
    co_return error_code{};
}

auto broker::do_broadcast(std::vector<event> events) -> operation<error_code, publish_receipt>
{
    auto const made = encode(events, {});
    if (made.has_error()) {
        co_return std::tuple{made.error(), publish_receipt{}};
    }
    auto const ec = co_await push_when_room(*made);
    co_return std::tuple{ec, ec ? publish_receipt{} : receipt_for(*made)};
}

auto broker::do_send(message m) -> operation<error_code, send_receipt>
{
    send_receipt receipt;
    std::vector<session_id> known;
    for (auto& target : m.targets) {
        auto const id = parse_session_id(target);
        auto const look = [id](shard& there) { return there.knows(*id); };
        bool is_known = false;
        if (id) {
            is_known = co_await home_shard(*id).async_call(look, asio::deferred);
        }
        if (!is_known) {
            shared_->unknown_targets.fetch_add(1, std::memory_order_relaxed);
            receipt.unknown.push_back(std::move(target));
        } else if (std::ranges::find(known, *id) == known.end()) {
            known.push_back(*id);
        }
    }
    if (known.empty() && !m.targets.empty()) {
        co_return std::tuple{make_error_code(errc::unknown_session), std::move(receipt)};
    }
    auto const made = encode(std::span{&m.event, 1}, known);
    if (made.has_error()) {
        co_return std::tuple{made.error(), send_receipt{}};
    }
    if (auto const ec = co_await push_when_room(*made)) {
        co_return std::tuple{ec, send_receipt{}};
    }
    receipt.id = made->front()->id();
    co_return std::tuple{error_code{}, std::move(receipt)};
}

} // namespace sluice
