#include <sluice/delivery/turn.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <new>
#include <optional>

namespace sluice {

namespace asio = boost::asio;

namespace {

/// How long an operation waits before it looks again whether another one has had its turn, which takes a few calls from
/// one shard to another.
constexpr std::chrono::milliseconds turn_poll_interval{1};

[[nodiscard]] std::shared_ptr<shard> const& home_in(shard_list const& all, session_id id) noexcept
{
    return all[home_of(id, all.size())];
}

/// Takes the turn of a claim from the connection on the shard `here`, and has the claim judged where the session lives,
/// if that is elsewhere.
[[nodiscard]] asio::awaitable<error_code> move_to(shard const& here, shard_list const& all, session_id id,
                                                  connect_request const& request, remote_claim& claim)
{
    auto its = co_await take_turn(all, id);
    claim.turn = std::move(its.turn);
    if (its.where != here.index()) {
        auto const judge = [&request](shard& there) { return judge_claim(there, request); };
        auto judged = (co_await async_call(all[its.where], judge, asio::deferred)).get();
        if (judged.has_error()) {
            co_return judged.error();
        }
        claim.judged = std::move(*judged);
    }
    co_return error_code{};
}

[[nodiscard]] asio::awaitable<void> catch_up(shard_list const& all)
{
    for (auto const& s : all) {
        auto const take_all = [](shard& other) { return (other.catch_up(), true); };
        (void)co_await async_call(s, take_all, asio::deferred);
    }
}

} // namespace

asio::awaitable<held_turn> take_turn(shard_list const& all, session_id id)
{
    asio::steady_timer timer{co_await asio::this_coro::executor};
    auto const take = [id](shard& home) {
        return held_turn{.turn = home.registry().try_take(id), .where = home.registry().where_is(id)};
    };
    for (;;) {
        auto its = (co_await async_call(home_in(all, id), take, asio::deferred)).get();
        if (its.turn) {
            co_return its;
        }
        timer.expires_after(turn_poll_interval);
        co_await timer.async_wait(asio::as_tuple(asio::deferred));
    }
}

void end_turn(shard_list const& all, session_id id, claim_turn& turn) noexcept
{
    if (std::exchange(turn, nullptr) == nullptr) {
        return;
    }
    try {
        auto const& home = home_in(all, id);
        asio::post(home->executor(), [home, id] { home->registry().tidy(id); });
    } catch (std::bad_alloc const&) { // NOLINT(bugprone-empty-catch): the next clean-up does it
    }
}

asio::awaitable<result<std::unique_ptr<client>>> connect_on(std::shared_ptr<shard> here, shard_list all,
                                                            connect_request request)
{
    auto const id = here->shared().config.sessions.reconnection ? parse_session_id(request.claim) : std::nullopt;
    std::optional<remote_claim> remote;
    bool caught_up = false;
    bool needs_turn = id && home_in(all, *id) != here;
    for (;;) {
        if (needs_turn) {
            auto& claim = remote.emplace();
            if (auto const ec = co_await move_to(*here, all, *id, request, claim)) {
                end_turn(all, *id, claim.turn);
                co_return ec;
            }
        }
        // Through the executor's queue, so that it never runs within the shard's own work.
        auto const connect = [&](shard& s) {
            return claim_session(s, request, caught_up, remote ? &*remote : nullptr);
        };
        auto attempt = (co_await async_call(here, connect, asio::deferred)).get();
        if (attempt.step == claim_step::done) {
            if (remote) {
                end_turn(all, *id, remote->turn);
            }
            co_return std::move(attempt.made);
        }
        needs_turn = attempt.step == claim_step::take_turn;
        if (attempt.step == claim_step::catch_up) {
            co_await catch_up(all);
            caught_up = true;
        }
    }
}

} // namespace sluice
