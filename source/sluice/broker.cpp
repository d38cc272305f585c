#include <sluice/broker.hpp>

#include <sluice/delivery/turn.hpp>
#include <sluice/fan_out/async_call.hpp>
#include <sluice/log/log_epoch.hpp>
#include <sluice/presence/read_presence.hpp>
#include <sluice/session/cleanup.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace sluice {

namespace asio = boost::asio;

namespace {

/// How often a stop checks whether the remaining publishers have ended.
constexpr std::chrono::milliseconds publishers_poll_interval{1};

/// How many sessions are visited, at about a third of a microsecond each, before other work has its turn.
constexpr std::size_t handles_per_slice = 256;

/// Refuses executors that are known to run several handlers at the same time.
void require_serial(std::vector<asio::any_io_executor> const& executors)
{
    if (executors.empty()) {
        throw std::invalid_argument("sluice::broker: there is no executor");
    }
    for (auto it = executors.begin(); it != executors.end(); ++it) {
        auto const& e = *it;
        if (std::find(executors.begin(), it, e) != it) {
            throw std::invalid_argument("sluice::broker: an executor is given twice");
        }
        if (e.target<asio::thread_pool::executor_type>() != nullptr || e.target<asio::system_executor>() != nullptr) {
            throw std::invalid_argument("sluice::broker: the executor runs its handlers on several threads at once; "
                                        "give it a strand of it (asio::make_strand)");
        }
    }
}

} // namespace

broker::broker(std::vector<asio::any_io_executor> executors, broker_config const& config, observer* watcher)
{
    require_serial(executors);
    shared_ = std::make_shared<shared_state>(checked(config), executors.size(),
                                             begin_log(std::chrono::system_clock::now()), watcher);
    for (auto& e : executors) {
        shards_.push_back(std::make_shared<shard>(std::move(e), shared_, shards_.size()));
    }
    for (auto const& s : shards_) {
        s->start({shards_.begin(), shards_.end()});
    }
    cleanup_ = std::make_shared<cleanup>(shards_, this->config().sessions.cleanup_interval);
    cleanup_->start();
}

broker::~broker()
{
    shared_->stopping = true;
    shared_->watcher = nullptr;
    cleanup_->stop();
    for (auto const& s : shards_) {
        s->abandon();
    }
}

bool broker::is_closed(std::string_view topic) const { return shared_->closed.contains(topic); }

broker_config const& broker::config() const noexcept { return shared_->config; }

limits broker::limits() const noexcept { return shared_->in_force.get(); }

void broker::set_limits(sluice::limits const& to) noexcept { shared_->in_force.set(to); }

bool broker::stopping() const noexcept { return shared_->stopping.load(); }

asio::any_io_executor broker::first_executor() const { return shards_.front()->executor(); }

std::shared_ptr<shard> broker::shard_on(asio::any_io_executor const& executor) const
{
    auto const found = std::ranges::find_if(shards_, [&](auto const& s) { return s->executor() == executor; });
    return found == shards_.end() ? nullptr : *found;
}

/// The executor's own shard if it has one, else the first.
std::shared_ptr<shard> broker::shard_near(asio::any_io_executor const& executor) const
{
    auto here = shard_on(executor);
    return here ? here : shards_.front();
}

asio::any_io_executor broker::executor_for(asio::any_io_executor const& here) const
{
    if (auto const local = shard_on(here)) {
        return local->executor();
    }
    return (*std::ranges::min_element(shards_, {}, [](auto const& s) { return s->active_sessions(); }))->executor();
}

auto broker::do_connect(connect_request request, asio::any_io_executor here)
    -> operation<error_code, std::unique_ptr<client>>
{
    auto const local = shard_on(here);
    if (!local) {
        co_return std::tuple{make_error_code(errc::wrong_executor), std::unique_ptr<client>{}};
    }
    auto made = co_await connect_on(local, shards_, std::move(request));
    if (made.has_error()) {
        co_return std::tuple{made.error(), std::unique_ptr<client>{}};
    }
    co_return std::tuple{error_code{}, std::move(*made)};
}

auto broker::do_disconnect(session_id id) -> operation<error_code, bool>
{
    auto const disconnect = [id](shard& there) { return there.directory().disconnect(id); };
    auto const was_active = co_await visit(shards_, id, disconnect);
    co_return std::tuple{was_active ? error_code{} : make_error_code(errc::unknown_session),
                         was_active.value_or(false)};
}

auto broker::do_mint() -> operation<error_code, session_id>
{
    auto const here = shard_near(co_await asio::this_coro::executor);
    auto const mint = [](shard& there) { return mint_session(there); };
    auto const made = (co_await async_call(here, mint, asio::deferred)).get();
    co_return made.has_error() ? std::tuple{made.error(), session_id{}} : std::tuple{error_code{}, *made};
}

auto broker::do_remove(session_id id) -> operation<error_code>
{
    auto const remove = [id](shard& there) { return there.directory().remove(id); };
    bool const removed = co_await visit(shards_, id, remove);
    co_return std::tuple{removed ? error_code{} : make_error_code(errc::unknown_session)};
}

/// How often a session has moved from one shard to another.
std::uint64_t broker::moves() const noexcept { return shared_->sent.moves.load(std::memory_order_acquire); }

/// Looks again as long as a session moves meanwhile, because it may have gone from a shard that was not visited yet to
/// one that was.
auto broker::do_remove_all(std::string subject) -> operation<std::size_t>
{
    std::size_t count = 0;
    auto seen = moves();
    for (bool again = !subject.empty(); again; again = std::exchange(seen, moves()) != seen) {
        for (auto const& s : shards_) {
            auto const remove = [&subject](shard& there) { return there.directory().remove_all(subject); };
            auto const removed = (co_await async_call(s, remove, asio::deferred)).get();
            count += removed.count;
            for (auto const id : removed.leaving) {
                auto const [ec] = co_await do_remove(id);
                count += ec ? 0U : 1U;
            }
        }
    }
    co_return std::tuple{count};
}

/// A session that moves meanwhile does so for a claim, which brings a grant of its own.
auto broker::do_revoke(revocation r) -> operation<std::size_t>
{
    std::size_t count = 0;
    for (auto const& s : shards_) {
        auto const revoke = [&r](shard& there) { return there.revoke(r); };
        count += (co_await async_call(s, revoke, asio::deferred)).get();
    }
    co_return std::tuple{count};
}

/// What the shards list, in the order of ids; of a session that moves meanwhile, what is newest.
asio::awaitable<std::vector<session_info>> broker::list_once(session_query const& wanted) const
{
    std::vector<session_info> all;
    for (auto const& s : shards_) {
        auto const list = [&wanted](shard& there) { return there.directory().list(wanted); };
        auto some = (co_await async_call(s, list, asio::deferred)).get();
        std::ranges::move(some, std::back_inserter(all));
    }
    auto const newest_first = [](session_info const& a, session_info const& b) {
        return std::tie(a.id, b.reconnections, b.last_seen) < std::tie(b.id, a.reconnections, a.last_seen);
    };
    std::ranges::sort(all, newest_first);
    auto const same = std::ranges::unique(all, {}, &session_info::id);
    all.erase(same.begin(), same.end());
    all.resize(std::min(all.size(), wanted.limit));
    co_return all;
}

/// A session that moves from a shard which was not visited yet to one which was is found when all are visited again;
/// while sessions move all the time, the list is from no single moment.
auto broker::do_list(session_query wanted) -> operation<std::vector<session_info>>
{
    auto const seen = moves();
    auto all = co_await list_once(wanted);
    if (moves() != seen) {
        all = co_await list_once(wanted);
    }
    co_return std::tuple{std::move(all)};
}

auto broker::do_find(session_id id) -> operation<error_code, session_info>
{
    auto const find = [id](shard& there) { return there.directory().find(id); };
    auto found = co_await visit(shards_, id, find);
    co_return found ? std::tuple{error_code{}, std::move(*found)}
                    : std::tuple{make_error_code(errc::unknown_session), session_info{}};
}

auto broker::do_find_handle(std::string handle) -> operation<error_code, session_info>
{
    auto seen = moves();
    do {
        for (auto const& s : shards_) {
            auto const ids_of = [](shard& there) { return there.directory().ids(); };
            auto const ids = (co_await async_call(s, ids_of, asio::deferred)).get();
            for (std::size_t i = 0; i != ids.size(); ++i) {
                if (shared_->handles.handle_of(ids[i]) == handle) {
                    co_return co_await do_find(ids[i]);
                }
                if ((i + 1) % handles_per_slice == 0) {
                    co_await asio::post(asio::deferred);
                }
            }
        }
    } while (std::exchange(seen, moves()) != seen);
    co_return std::tuple{make_error_code(errc::unknown_session), session_info{}};
}

auto broker::do_history(history_query wanted) -> operation<error_code, history_page>
{
    auto const here = shard_near(co_await asio::this_coro::executor);
    auto read = [wanted = std::move(wanted)](shard& there) mutable { return there.history(std::move(wanted)); };
    auto page = (co_await async_call(here, std::move(read), asio::deferred)).get();
    co_return std::tuple{error_code{}, std::move(page)};
}

auto broker::do_presence(presence_query wanted) -> operation<error_code, presence_page>
{
    auto page = co_await read_presence(shards_, std::move(wanted), shared_->config.patterns.get());
    co_return std::tuple{error_code{}, std::move(page)};
}

void broker::refuse_all() noexcept
{
    shared_->stopping = true;
    for (auto const& s : shards_) {
        s->wake_publishers();
    }
}

auto broker::do_metrics() -> operation<broker_metrics>
{
    broker_metrics all;
    for (auto const& s : shards_) {
        auto add = [sum = std::move(all)](shard& there) mutable {
            there.add_to(sum);
            return std::move(sum);
        };
        all = (co_await async_call(s, std::move(add), asio::deferred)).get();
    }
    all.stats = session_stats();
    all.unknown_targets = shared_->unknown_targets.load(std::memory_order_relaxed);
    all.publishes_delayed = shared_->publishes_delayed.load(std::memory_order_relaxed);
    all.ring_capacity = shared_->ring.capacity();
    all.ring_occupancy = shared_->ring.occupancy();
    co_return std::tuple{std::move(all)};
}

auto broker::do_stop(std::chrono::milliseconds timeout) -> operation<>
{
    // On one thread, whatever the handler's executor is, because the shards' reports and the timer meet there.
    co_await asio::co_spawn(first_executor(), stop_shards(timeout), asio::use_awaitable);
    co_return std::tuple<>{};
}

asio::awaitable<void> broker::stop_shards(std::chrono::milliseconds timeout)
{
    cleanup_->stop();
    auto const executor = co_await asio::this_coro::executor;
    auto const longest = std::clamp<std::chrono::milliseconds>(timeout, std::chrono::milliseconds{0}, longest_time);
    auto const deadline = std::chrono::steady_clock::now() + longest;
    // Everything that was accepted must be on every stream before its last words.
    while (shared_->publishers.load() != 0 && std::chrono::steady_clock::now() < deadline) {
        asio::steady_timer until_later{executor, publishers_poll_interval};
        co_await until_later.async_wait(asio::as_tuple(asio::deferred));
    }
    // Expires at the deadline. A shard that is done cancels the wait, so that the count is checked.
    auto const timer = std::make_shared<asio::steady_timer>(executor, deadline);
    auto const left = std::make_shared<std::size_t>(shards_.size());
    for (auto const& s : shards_) {
        auto const on_stopped = [executor, timer, left] {
            asio::post(executor, [timer, left] {
                --*left;
                timer->cancel();
            });
        };
        asio::post(s->executor(), [s, on_stopped] { s->stop(on_stopped); });
    }
    while (*left != 0) {
        auto const [ec] = co_await timer->async_wait(asio::as_tuple(asio::deferred));
        if (!ec) {
            for (auto const& s : shards_) {
                asio::post(s->executor(), [s] { s->abort(); });
            }
            timer->expires_at(asio::steady_timer::time_point::max());
        }
    }
}

std::string broker::handle_of(session_id id) const { return shared_->handles.handle_of(id); }

std::size_t broker::client_count() const noexcept
{
    std::size_t count = 0;
    for (auto const& s : shards_) {
        count += s->active_sessions();
    }
    return count;
}

event_id broker::newest_event_id() const noexcept
{
    return {.hi = shared_->ring.epoch(), .lo = shared_->ring.claimed()};
}

session_stats broker::session_stats() const
{
    sluice::session_stats sum;
    for (auto const& s : shards_) {
        shard const& each = *s;
        auto const& counters = each.counters();
        sum.active_clients += each.active_sessions();
        sum.events_delivered += counters[counted::events_delivered].get();
        sum.bytes_delivered += counters[counted::bytes_delivered].get();
        sum.reconnections += counters[counted::reconnections].get();
        sum.rejected_claims += counters[counted::refused_claims].get();
        sum.thrashing_sessions += counters[counted::thrashing_sessions].get();
        sum.slow_consumers_dropped += counters[counted::ended_as_slow].get();
    }
    sum.total_sessions = shared_->sessions.load(std::memory_order_relaxed);
    sum.buffered_sessions = sum.total_sessions - std::min(sum.total_sessions, sum.active_clients);
    auto const marks = shared_->marks.load(std::memory_order_relaxed);
    sum.events_published = shared_->ring.claimed() - marks;
    sum.uptime = std::chrono::steady_clock::now() - started_;
    return sum;
}

} // namespace sluice
