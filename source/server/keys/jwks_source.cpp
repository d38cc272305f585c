#include "jwks_source.hpp"

#include "access/jwt/jwks.hpp"
#include "as_result.hpp"
#include "logs/logging.hpp"
#include "options/key_text.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>

namespace sluice::server {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds first_pause = 1s;
constexpr std::chrono::milliseconds time_to_fetch = 10s;
constexpr std::chrono::milliseconds longest_wait = 3s;
/// Tokens with made-up names of keys must not become a load on whoever has the set.
constexpr std::chrono::seconds between_questions{30};

[[nodiscard]] double seconds_of(std::chrono::milliseconds time) { return std::chrono::duration<double>{time}.count(); }

} // namespace

jwks_source::jwks_source(asio::any_io_executor const& executor, std::string url, std::chrono::milliseconds refresh,
                         std::function<void(std::string)> on_set)
    : executor_{executor},
      url_{std::move(url)},
      refresh_{refresh},
      on_set_{std::move(on_set)},
      fetch_{executor},
      timer_{executor},
      pause_{first_pause}
{
}

void jwks_source::start()
{
    auto const on_done = [self = shared_from_this()](std::exception_ptr const& failure) {
        log_failure("fetching the key set", failure);
    };
    asio::co_spawn(executor_, run(), on_done);
}

void jwks_source::stop()
{
    stopped_ = true;
    timer_.cancel();
    fetch_.cancel();
}

asio::awaitable<void> jwks_source::run()
{
    while (!stopped_) {
        is_fetching_ = true;
        auto got = co_await fetch_.run(url_, most_key_bytes, time_to_fetch);
        is_fetching_ = false;
        if (stopped_) {
            break;
        }
        timer_.expires_after(take(std::move(got)));
        release();
        co_await timer_.async_wait(as_result);
    }
    release();
}

/// Takes what was fetched into force, or logs why not. Returns how long to wait before the next attempt.
std::chrono::milliseconds jwks_source::take(fetch::result got)
{
    auto set = got.has_error() ? jwt::key_result<jwt::jwks>{jwt::key_fault{got.error().reason}} : jwt::parse_jwks(*got);
    if (set.has_error()) {
        auto const wait = std::min(pause_, refresh_);
        pause_ = std::min(2 * pause_, refresh_);
        auto const reason = (got.has_error() ? "" : "the answer ") + set.error().text;
        log_event(log_level::warn, "key set not fetched, the older one stays",
                  {{"url", url_}, {"reason", reason}, {"again_in_seconds", seconds_of(wait)}});
        return wait;
    }
    pause_ = first_pause;
    if (*got != text_) {
        text_ = *got;
        log_event(log_level::info, "key set fetched", {{"url", url_}, {"keys", set->keys.size()}});
        on_set_(std::move(*got));
    }
    return refresh_;
}

void jwks_source::ask(waiting who)
{
    auto const now = clock::now();
    bool const is_too_soon = asked_ && now - *asked_ < between_questions;
    waiting_.push_back(std::move(who));
    if (is_fetching_) {
        return;
    }
    if (stopped_ || is_too_soon) {
        release();
        return;
    }
    asked_ = now;
    timer_.cancel();
}

void jwks_source::release()
{
    for (auto const& [executor, timer] : std::exchange(waiting_, {})) {
        asio::post(executor, [t = timer] { t->cancel(); });
    }
}

std::shared_ptr<asio::steady_timer> jwks_source::ask_for_newer(asio::any_io_executor here)
{
    auto timer = std::make_shared<asio::steady_timer>(here, longest_wait);
    asio::post(executor_, [self = shared_from_this(), here = std::move(here), timer] { self->ask({here, timer}); });
    return timer;
}

} // namespace sluice::server
