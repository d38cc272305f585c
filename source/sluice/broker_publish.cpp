#include <sluice/broker.hpp>
#include <sluice/fan_out/async_call.hpp>
#include <sluice/operation_memory.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace sluice {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

/// How long a publisher that must not block waits before it looks for room again.
constexpr auto room_poll_interval = 1ms;

/// How many events of a batch that does not fit into half of the ring are pushed at once. Readers pass none of them
/// until all of them are published.
constexpr std::size_t most_pushed_of_large = 64;

/// How many sessions a shard looks up before it turns to other work.
constexpr std::size_t sessions_per_look = 4096;

/// For a publisher that does not wait.
[[nodiscard]] error_code to_error(push_outcome how) noexcept
{
    switch (how) {
    case push_outcome::pushed:
        return {};
    case push_outcome::closed:
        return errc::topic_closed;
    default:
        return errc::ring_full;
    }
}

} // namespace

/// Marks a publisher between its check whether the broker stops and its last push. A stop waits for publishers that
/// checked before it began, so that streams get what was accepted before they get `shutdown`.
class broker::publishing {
public:
    explicit publishing(broker const& b) noexcept
    {
        if (!b.stopping()) {
            shared_ = b.shared_;
            shared_->publishers.fetch_add(1);
        }
    }
    ~publishing()
    {
        if (shared_) {
            shared_->publishers.fetch_sub(1);
        }
    }
    publishing(publishing const&) = delete;
    publishing& operator=(publishing const&) = delete;

private:
    std::shared_ptr<shared_state> shared_;
};

result<broker::frames> broker::encode(std::span<event const> events, std::vector<session_id> const& targets) const
{
    if (stopping()) {
        return make_error_code(errc::stopped);
    }
    if (std::ranges::any_of(shards_, [](auto const& s) { return s->home().misused(); })) {
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
    bool const pushed = shared_->ring.try_push(some);
    // Also if there is no room, because an earlier wake may have failed for lack of memory.
    for (auto const& s : shards_) {
        (void)s->wake();
    }
    return pushed;
}

push_outcome broker::try_push(publishing_pass& pass, std::span<boost::intrusive_ptr<frame> const> some)
{
    return pass.try_push(some, [this](publishing_pass::frames pushed) { return push(pushed); });
}

result<broker::prepared> broker::prepare(std::span<event const> events) const
{
    prepared made;
    if (!events.empty()) {
        made.receipt.first.reserve(std::max(max_event_id_size, events.front().id.size()));
        made.receipt.last.reserve(std::max(max_event_id_size, events.back().id.size()));
    }
    auto encoded = encode(events, {});
    if (encoded.has_error()) {
        return encoded.error();
    }
    made.all = std::move(*encoded);
    return made;
}

publish_receipt broker::receipt_of(prepared& published) const
{
    auto receipt = std::move(published.receipt);
    if (!published.all.empty()) {
        receipt.count = published.all.size();
        receipt.first = published.all.front()->id();
        receipt.last = published.all.back()->id();
        receipt.clients = client_count();
    }
    return receipt;
}

/// `push(frames)` returns why nothing was published, or success.
template <class Push>
result<publish_receipt> broker::publish(std::span<event const> events, Push push)
{
    publishing const under_way{*this};
    try {
        auto made = prepare(events);
        if (made.has_error()) {
            return made.error();
        }
        if (error_code const ec = push(made->all)) {
            return ec;
        }
        return receipt_of(*made);
    } catch (std::bad_alloc const&) {
        return make_error_code(errc::no_memory);
    }
}

result<publish_receipt> broker::try_broadcast(std::span<event const> events)
{
    return publish(events, [this](frames const& made) -> error_code {
        if (made.size() > shared_->ring.capacity()) {
            return errc::too_many_events;
        }
        publishing_pass pass{shared_->closed, made, false};
        return made.empty() ? error_code{} : to_error(try_push(pass, made));
    });
}

result<publish_receipt> broker::broadcast(std::span<event const> events)
{
    return publish(events, [this](frames const& made) { return push_blocking(made); });
}

/// Counts a publishing call that waits, once.
void broker::count_delay(bool& counted_already) noexcept
{
    if (!std::exchange(counted_already, true)) {
        shared_->publishes_delayed.fetch_add(1, std::memory_order_relaxed);
    }
}

/// Fails only if nothing was pushed: a started batch is pushed completely.
error_code broker::push_blocking(frames const& all)
{
    auto const most = shared_->ring.capacity();
    // If there are more events than the ring holds, a part is pushed before it is known whether the rest can be.
    if (all.size() > most && !std::ranges::all_of(shards_, &broker::may_wait_for)) {
        return errc::too_many_events;
    }
    publishing_pass pass{shared_->closed, all, all.size() > most};
    bool delayed = false;
    for (std::span rest{all}; !rest.empty();) {
        auto const some = rest.first(std::min(rest.size(), most));
        auto how = try_push(pass, some);
        for (; how == push_outcome::no_room; how = try_push(pass, some)) {
            count_delay(delayed);
            if (stopping() && rest.size() == all.size()) {
                return errc::stopped;
            }
            if (auto const ec = wait_for_room(some.size())) {
                return ec;
            }
        }
        if (how != push_outcome::pushed) {
            return to_error(how);
        }
        rest = rest.subspan(some.size());
    }
    return {};
}

/// Whether the shard's work will be done while the calling thread waits, by another thread or by this one.
bool broker::may_wait_for(std::shared_ptr<shard> const& s)
{
    auto const caller = s->home().standing_of_caller();
    return caller == standing::outside || (caller == standing::inside && !s->rounds().running());
}

/// Does the work of the calling thread's own shards. If other shards are behind, it then waits until one of them has
/// made progress. It checks the others before it does its own work, so that two threads never wait for each other: one
/// of them works after the other has checked.
error_code broker::wait_for_room(std::size_t events)
{
    shard const* behind = nullptr;
    std::uint32_t rounds = 0;
    bool worked = false;
    bool may_wait = true;
    for (auto const& s : shards_) {
        // Read before asking for room, so that whatever the shard takes after that ends the wait.
        auto const so_far = s->rounds().rounds();
        if (s->home().standing_of_caller() == standing::inside) {
            worked = worked || !s->rounds().leaves_room(events);
        } else {
            bool const may = may_wait_for(s);
            may_wait = may_wait && may;
            if (!s->rounds().leaves_room(events)) {
                if (!may) {
                    return errc::ring_full;
                }
                behind = s.get();
                rounds = so_far;
            }
        }
    }
    for (auto const& s : shards_) {
        if (s->home().standing_of_caller() == standing::inside && !s->pump()) {
            return errc::ring_full;
        }
    }
    if (behind != nullptr && !worked) {
        if (!may_wait) {
            return errc::ring_full;
        }
        behind->rounds().wait_for_round_after(rounds);
    }
    return {};
}

/// Fails only with `stopped` or `topic_closed`, and then nothing was pushed: a started batch is pushed completely.
asio::awaitable<error_code> broker::push_when_room(frames const& all)
{
    asio::steady_timer timer{co_await asio::this_coro::executor};
    // If a wait cannot start for lack of memory, the coroutine is destroyed, and a batch would be pushed in part. So
    // the wait's memory is reserved here, and a batch that will have to wait does so once before its first push, which
    // makes room in the context's queue of timers.
    operation_room<256> memory;
    auto const wait = [&timer, &memory](auto handler) {
        operation_room<256>::allocator<void> const there{memory};
        timer.async_wait(asio::bind_allocator(there, std::move(handler)));
    };
    auto token = asio::as_tuple(asio::deferred);
    // A larger batch leaves the other half of the ring to other publishers.
    auto const half = std::max<std::size_t>(1, shared_->ring.capacity() / 2);
    bool const is_large = all.size() > half;
    auto const most = is_large ? std::min(half, most_pushed_of_large) : half;
    auto const has_room = [&] { return !is_large || shared_->ring.occupancy() + most <= half; };
    bool delayed = false;
    if (is_large) {
        timer.expires_after(0ms);
        co_await asio::async_initiate<decltype(token), void(error_code)>(wait, token);
    }
    publishing_pass pass{shared_->closed, all, all.size() > most};
    auto const try_some = [&](auto const& some) { return has_room() ? try_push(pass, some) : push_outcome::no_room; };
    for (std::span rest{all}; !rest.empty();) {
        auto const some = rest.first(std::min(rest.size(), most));
        for (auto how = try_some(some); how != push_outcome::pushed; how = try_some(some)) {
            if (how == push_outcome::closed) {
                co_return errc::topic_closed;
            }
            count_delay(delayed);
            timer.expires_after(room_poll_interval);
            co_await asio::async_initiate<decltype(token), void(error_code)>(wait, token);
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
    publishing const under_way{*this};
    auto made = prepare(events);
    if (made.has_error()) {
        co_return std::tuple{made.error(), publish_receipt{}};
    }
    if (auto const ec = co_await push_when_room(made->all)) {
        co_return std::tuple{ec, publish_receipt{}};
    }
    co_return std::tuple{error_code{}, receipt_of(*made)};
}

auto broker::do_mark_topic(frame_kind kind, std::string topic) -> operation<error_code>
{
    if (auto const ec = validate_topic(topic)) {
        co_return std::tuple{ec};
    }
    publishing const under_way{*this};
    if (stopping()) {
        co_return std::tuple{make_error_code(errc::stopped)};
    }
    frames made;
    made.push_back(frame::make_mark(kind, std::move(topic), std::chrono::system_clock::now()));
    auto const ec = co_await push_when_room(made);
    shared_->marks.fetch_add(ec ? 0 : 1, std::memory_order_relaxed);
    co_return std::tuple{ec};
}

/// The sessions that are known, without duplicates, in the order of their ids. Each shard is asked once for all of its
/// own, unless sessions move meanwhile.
asio::awaitable<std::vector<session_id>> broker::known_among(std::vector<std::string> const& targets)
{
    std::vector<std::vector<session_id>> at_home(shards_.size());
    for (auto const& target : targets) {
        if (auto const id = parse_session_id(target)) {
            at_home[home_of(*id, shards_.size())].push_back(*id);
        }
    }
    std::vector<session_id> known;
    noted_by_shard elsewhere(shards_.size());
    co_await look_at_home(at_home, known, elsewhere);
    // Those that are on none of the shards where their homes said they were have ended, unless they have moved since.
    auto missing = co_await look_elsewhere(elsewhere, known);
    noted_by_shard moved(shards_.size());
    co_await look_at_home(missing, known, moved);
    for (std::size_t i = 0; i != shards_.size(); ++i) {
        std::ranges::sort(elsewhere[i]);
        for (auto const& each : moved[i]) {
            if (!std::ranges::binary_search(elsewhere[i], each)) {
                known.push_back(each.first);
            }
        }
    }
    std::ranges::sort(known);
    known.erase(std::unique(known.begin(), known.end()), known.end());
    co_return known;
}

/// Asks the sessions' homes. What lives there is `known`; what lives on another shard is added to that shard's list in
/// `elsewhere`.
asio::awaitable<void> broker::look_at_home(ids_by_shard const& at_home, std::vector<session_id>& known,
                                           noted_by_shard& elsewhere) const
{
    for (std::size_t i = 0; i != shards_.size(); ++i) {
        for (std::span rest{at_home[i]}; !rest.empty();) {
            auto const some = rest.first(std::min(rest.size(), sessions_per_look));
            auto const look = [&](shard& there) {
                for (auto const id : some) {
                    if (there.registry().is_elsewhere(id)) {
                        elsewhere[there.registry().where_is(id)].emplace_back(id, there.registry().note_of(id));
                    }
                }
                return there.directory().known_among(some);
            };
            auto const found = (co_await async_call(shards_[i], look, asio::deferred)).get();
            known.insert(known.end(), found.begin(), found.end());
            rest = rest.subspan(some.size());
        }
    }
}

/// Asks the shards on which the sessions live by what their homes said. Returns those that are not there, by their
/// homes.
auto broker::look_elsewhere(noted_by_shard const& elsewhere, std::vector<session_id>& known) const
    -> asio::awaitable<ids_by_shard>
{
    ids_by_shard missing(shards_.size());
    for (std::size_t i = 0; i != shards_.size(); ++i) {
        std::vector<session_id> ids;
        std::ranges::transform(elsewhere[i], std::back_inserter(ids), &noted_session::first);
        for (std::span<session_id const> rest{ids}; !rest.empty();) {
            auto const some = rest.first(std::min(rest.size(), sessions_per_look));
            auto const look = [some](shard& there) { return there.directory().known_among(some); };
            auto const found = (co_await async_call(shards_[i], look, asio::deferred)).get();
            known.insert(known.end(), found.begin(), found.end());
            // What is found is in the order of what was asked.
            auto next = found.begin();
            for (auto const id : some) {
                if (next != found.end() && *next == id) {
                    ++next;
                } else {
                    missing[home_of(id, shards_.size())].push_back(id);
                }
            }
            rest = rest.subspan(some.size());
        }
    }
    co_return missing;
}

/// Adds the sessions of the subjects to those that are known, which stay in order and each once. Returns which of the
/// subjects have any. Looks again as long as a session moves meanwhile, because it may have gone from a shard that was
/// not visited yet to one that was.
asio::awaitable<std::vector<bool>> broker::add_sessions_of(std::vector<std::string> const& subjects,
                                                           std::vector<session_id>& known) const
{
    std::vector<bool> have_any(subjects.size());
    auto seen = moves();
    for (bool again = !subjects.empty(); again; again = std::exchange(seen, moves()) != seen) {
        for (auto const& s : shards_) {
            for (std::size_t begin = 0; begin < subjects.size(); begin += sessions_per_look) {
                auto const some =
                    std::span{subjects}.subspan(begin).first(std::min(subjects.size() - begin, sessions_per_look));
                auto const look = [some](shard& there) { return there.directory().sessions_of(some); };
                auto const found = (co_await async_call(s, look, asio::deferred)).get();
                for (std::size_t i = 0; i != found.size(); ++i) {
                    have_any[begin + i] = have_any[begin + i] || !found[i].empty();
                    known.insert(known.end(), found[i].begin(), found[i].end());
                }
            }
        }
        std::ranges::sort(known);
        known.erase(std::unique(known.begin(), known.end()), known.end());
    }
    co_return have_any;
}

auto broker::do_send(message m) -> operation<error_code, send_receipt>
{
    send_receipt receipt;
    if (m.targets.empty() && m.subjects.empty()) {
        co_return std::tuple{make_error_code(errc::no_target), std::move(receipt)};
    }
    m.event.topics.clear();
    m.event.is_private = false;
    m.event.last = false;
    auto known = co_await known_among(m.targets);
    auto const is_unknown = [this, &receipt](std::string& named) {
        shared_->unknown_targets.fetch_add(1, std::memory_order_relaxed);
        receipt.unknown.push_back(std::move(named));
    };
    for (auto& target : m.targets) {
        auto const id = parse_session_id(target);
        if (!id || !std::ranges::binary_search(known, *id)) {
            is_unknown(target);
        }
    }
    auto const have_any = co_await add_sessions_of(m.subjects, known);
    for (std::size_t i = 0; i != m.subjects.size(); ++i) {
        if (!have_any[i]) {
            is_unknown(m.subjects[i]);
        }
    }
    if (known.empty()) {
        co_return std::tuple{make_error_code(errc::unknown_session), std::move(receipt)};
    }
    publishing const under_way{*this};
    auto const made = encode(std::span{&m.event, 1}, known);
    if (made.has_error()) {
        co_return std::tuple{made.error(), send_receipt{}};
    }
    // Reserved now, so that nothing allocates once the event is published.
    receipt.id.reserve(std::max(max_event_id_size, m.event.id.size()));
    if (auto const ec = co_await push_when_room(*made)) {
        co_return std::tuple{ec, send_receipt{}};
    }
    receipt.id = made->front()->id();
    co_return std::tuple{error_code{}, std::move(receipt)};
}

} // namespace sluice
