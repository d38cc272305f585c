#include "server.hpp"

#include "access/publish_topics.hpp"
#include "available_cpus.hpp"
#include "listeners/descriptors.hpp"
#include "logs/logging.hpp"
#include "mercure/routes.hpp"
#include "options/jwt_keys.hpp"
#include "requests/stream_route.hpp"
#include "routes/health.hpp"
#include "routes/history.hpp"
#include "routes/metrics.hpp"
#include "routes/page.hpp"
#include "routes/presence.hpp"
#include "routes/revoke.hpp"
#include "routes/sessions.hpp"
#include "routes/topics.hpp"
#include <sluice/version.hpp>
#include <url_pattern/topic.hpp>
#include <url_pattern/topic_patterns.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>

namespace sluice::server {

namespace asio = boost::asio;

namespace {

[[nodiscard]] std::size_t thread_count(options const& o) { return o.threads != 0 ? o.threads : available_cpus(); }

[[nodiscard]] std::unique_ptr<listener> listen(std::string const& where, listen_address const& address, worker& home)
{
    try {
        return make_listener(address, home);
    } catch (boost::system::system_error const& e) {
        throw std::system_error(e.code().value(), std::generic_category(), "cannot listen on " + where);
    }
}

/// Registers the routes for publishing, which take bodies, and, for operators, the statistics.
struct publishing_routes {
    router& publishers;
    router& operators;

    void add(std::string method, std::string path, decltype(route::at_once) at_once,
             decltype(route::in_time) in_time = nullptr) const
    {
        auto& to = path == "/stats" ? operators : publishers;
        bool const takes_body = method == "POST";
        bool const publishes = path == "/publish" || path == "/broadcast";
        to.add(publishes ? access::publish : access::control, std::move(method), std::move(path), std::move(at_once),
               std::move(in_time), takes_body);
    }
};

[[nodiscard]] bool serves_mercure(options const& o)
{
    return o.mercure == mercure_service::by_keys ? o.jwt.has_keys() : o.mercure == mercure_service::on;
}

/// The URL up to its path.
[[nodiscard]] std::string origin_of(std::string const& url) { return url.substr(0, url.find('/', url.find("//") + 2)); }

using seconds = std::chrono::duration<double>;

[[nodiscard]] double seconds_since(std::chrono::steady_clock::time_point then)
{
    return seconds{std::chrono::steady_clock::now() - then}.count();
}

[[nodiscard]] std::string_view name_of(int signal) { return signal == SIGINT ? "INT" : "TERM"; }

} // namespace

server::server(options const& o, std::vector<passed_socket> const& passed, reload::reread reread)
    : options_{o}, keys_{o.idempotency_window}
{
    auto const initial = std::make_shared<settings const>(o);
    std::vector<asio::any_io_executor> executors;
    for (std::size_t i = 0; i != thread_count(o); ++i) {
        workers_.push_back(
            std::make_unique<worker>(initial, http_timeouts{.idle = o.idle_timeout, .items = o.publish_idle_timeout}));
        executors.emplace_back(workers_.back()->executor());
    }
    auto& home = *workers_.front();
    life_signs_ = std::make_unique<life_signs>(manager_, workers_);
    observer_ = std::make_unique<logging_observer>(home.context());
    make_listeners(passed);
    auto config = within_descriptors(o.broker);
    // What relative patterns and topics are resolved against.
    auto const base = *url_pattern::base_url::parse(own_url());
    config.patterns = url_pattern::make_topic_patterns(base);
    config.presence = o.presence ? presence_mode::published : presence_mode::counted;
    for (auto const& w : workers_) {
        w->tokens().obey(revoked_);
        w->tokens().prepare_with([base](jwt::token_grant& g) {
            if (!g.publish.empty()) {
                g.may_publish = publish_topics{g.publish, base};
            }
        });
    }
    broker_ = std::make_unique<broker>(executors, config, observer_.get());
    telemetry_ = std::make_unique<telemetry>(std::move(executors), *broker_);
    side_thread_ = std::make_unique<side_thread>(*observer_);
    service_ = std::make_unique<service>(*broker_, bodies_, keys_, *side_thread_, *observer_);
    for (auto const& w : workers_) {
        service_->workers.push_back(w.get());
    }
    add_routes();
    signals_ = std::make_unique<asio::signal_set>(home.context(), SIGTERM, SIGINT);
    last_call_ = std::make_unique<asio::steady_timer>(home.context());
    reload_ =
        std::make_unique<reload>(home.context(), options_, *broker_, service_->workers, manager_, std::move(reread));
    if (!options_.jwt.jwks_url.empty()) {
        auto const take = [this](std::string set) {
            options_.jwt.fetched_jwks = std::move(set);
            reload_->renew_settings();
        };
        key_set_ =
            std::make_shared<jwks_source>(home.executor(), options_.jwt.jwks_url, options_.jwt.jwks_refresh, take);
        service_->key_set = key_set_;
    }
}

server::~server()
{
    if (subscriptions_) {
        subscriptions_->stop();
    }
}

void server::make_listeners(std::vector<passed_socket> const& passed)
{
    // Checked when the options were read.
    auto const operations = options_.operations_listen.empty() ? std::optional<listen_address>{}
                                                               : parse_listen_address(options_.operations_listen);
    for (auto const& p : passed) {
        listeners_.push_back(make_listener(p, *workers_.front()));
        operations_ = operations == p.address ? listeners_.back().get() : operations_;
    }
    for (auto const& where : options_.listen) {
        auto const address = parse_listen_address(where).value();
        if (std::ranges::find(passed, address, &passed_socket::address) == passed.end()) {
            listeners_.push_back(listen(where, address, *workers_.front()));
        }
    }
    if (operations && operations_ == nullptr) {
        listeners_.push_back(listen(options_.operations_listen, *operations, *workers_.front()));
        operations_ = listeners_.back().get();
    }
}

/// The server's own URL. A local socket has none.
std::string server::own_url() const
{
    if (!options_.public_url.empty()) {
        return options_.public_url;
    }
    auto const is_tcp = [](auto const& l) { return l->name().starts_with("http://"); };
    auto const first = std::ranges::find_if(listeners_, is_tcp);
    return first == listeners_.end() ? "http://localhost" : (*first)->name();
}

void server::add_routes()
{
    auto& front = service_->front.router;
    auto& operators = options_.operations_listen.empty() ? front : service_->operations.router;
    front.add_queried_stream(access::subscribe, "/events", std::make_shared<stream_route>(*broker_, options_.cookie));
    operators.add_stream(access::control, "/stats/stream", std::make_shared<stream_route>(telemetry_->source()));
    add_health_routes(front, *service_);
    add_metrics_route(operators, *service_, *telemetry_);
    add_page_route(operators);
    add_history_route(front, *broker_);
    add_presence_route(front, *broker_);
    add_session_routes(operators, *broker_);
    add_topic_routes(front, *broker_);
    add_revoke_route(front, *broker_, revoked_, options_.jwt.revocation_ttl);
    if (serves_mercure(options_)) {
        subscriptions_ = mercure::add_routes(front, *broker_, options_, origin_of(own_url()),
                                             *url_pattern::base_url::parse(own_url()));
    }
    if (options_.publishing) {
        test_endpoints_ = std::make_unique<test_endpoints>(*broker_);
        publishing_routes publishing{front, operators};
        test_endpoints_->add_to(publishing);
        operators.refuse_query("GET", "/stats");
        front.take_items("/publish");
        for (auto const* const path : {"/publish", "/broadcast", "/send"}) {
            front.publish_once(path);
        }
    }
    if (operations_ != nullptr) {
        add_health_routes(operators, *service_);
        service_->operations.trusts = !is_open_to_others(*parse_listen_address(options_.operations_listen));
    }
}

std::string server::addresses() const
{
    std::string all;
    for (auto const& l : listeners_) {
        all += all.empty() ? "" : " ";
        all += l->name();
    }
    return all;
}

void server::run()
{
    log_event(log_level::info, "starting",
              {{"version", version_string}, {"threads", workers_.size()}, {"listen", addresses()}});
    log_left_out_keys(options_.jwt);
    await_signal();
    reload_->start();
    if (key_set_) {
        key_set_->start();
    }
    telemetry_->start();
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i != workers_.size(); ++i) {
        threads.emplace_back([this, &w = *workers_[i]] { w.run(*observer_); });
    }
    for (auto const& l : listeners_) {
        l->start(*service_, l.get() == operations_ ? service_->operations : service_->front);
        fmt::print("sluice listening on {}\n", l->name());
    }
    std::fflush(stdout);
    manager_.ready("listening on " + addresses());
    life_signs_->start();
    log_event(log_level::info, "ready", {{"max_connections", broker_->limits().max_connections}});
    workers_.front()->run(*observer_);
    for (auto& t : threads) {
        t.join();
    }
    observer_->tell_left_out();
    log_event(log_level::info, "stopped", {{"uptime_seconds", seconds_since(started_)}});
}

void server::await_signal()
{
    signals_->async_wait([this](error_code ec, int signal) {
        if (ec) {
            return;
        }
        if (service_->draining.exchange(true)) {
            observer_->tell_left_out();
            log_event(log_level::warn, "second signal, cutting off what is left", {{"signal", name_of(signal)}});
            exit_process(128 + signal);
        }
        await_signal();
        auto const on_done = [](std::exception_ptr const& failure) { log_failure("the drain", failure); };
        asio::co_spawn(workers_.front()->executor(), drain(signal), on_done);
    });
}

/// Accepts nothing new, tells every stream and ends it, and answers requests under way, until the workers run out of
/// work. When the time is over, connections that are stuck are left behind.
task<void> server::drain(int signal)
{
    co_await delay_drain();
    auto const began = std::chrono::steady_clock::now();
    start_last_call();
    log_event(log_level::info, "draining",
              {{"signal", name_of(signal)},
               {"streams", broker_->client_count()},
               {"timeout_seconds", seconds(options_.drain_timeout).count()}});
    manager_.stopping(fmt::format("draining {} streams", broker_->client_count()));
    observer_->stop();
    // First, publishers are refused. Streams have most of the time to end.
    auto streams_ended = broker_->async_stop(options_.drain_timeout * 17 / 20, asio::deferred);
    for (auto const& l : listeners_) {
        l->stop();
    }
    co_await std::move(streams_ended);
    // Last, so that operators can watch the server drain.
    co_await telemetry_->async_stop(options_.drain_timeout / 20, asio::deferred);
    log_event(log_level::info, "drained", {{"seconds", seconds_since(began)}});
    life_signs_->stop();
    auto const on_closed = [this] { asio::post(workers_.front()->executor(), [this] { on_worker_closed(); }); };
    for (auto const& w : workers_) {
        asio::post(w->executor(), [&w = *w, on_closed] { w.close_connections(on_closed); });
    }
}

/// Makes `/readyz` say that the server drains, while everything else continues, so that probes over new connections see
/// it.
task<void> server::delay_drain()
{
    if (options_.drain_delay.count() != 0) {
        manager_.stopping("no longer ready, draining soon");
        log_event(log_level::info, "no longer ready, draining after the delay",
                  {{"delay_seconds", seconds(options_.drain_delay).count()}});
        last_call_->expires_after(options_.drain_delay);
        co_await last_call_->async_wait(asio::as_tuple(asio::deferred));
    }
}

/// The rest of the time is for writing the log.
void server::start_last_call()
{
    last_call_->expires_after(options_.drain_timeout * 19 / 20);
    last_call_->async_wait([this](error_code ec) {
        if (!ec) {
            // Stuck coroutines cannot be waited for, and nothing that they hold needs cleaning up.
            observer_->tell_left_out();
            log_event(log_level::warn, "drain timed out, cutting off what is left",
                      {{"streams", broker_->client_count()}, {"workers", workers_.size() - closed_workers_}});
            exit_process(EXIT_SUCCESS);
        }
    });
}

void server::on_worker_closed()
{
    if (++closed_workers_ == workers_.size()) {
        last_call_->cancel();
        signals_->cancel();
        reload_->stop();
        if (key_set_) {
            key_set_->stop();
        }
    }
}

} // namespace sluice::server
