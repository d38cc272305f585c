#include "server.hpp"

#include "descriptors.hpp"
#include "logging.hpp"
#include "routes/health.hpp"
#include "routes/metrics.hpp"
#include "routes/page.hpp"
#include "routes/sessions.hpp"
#include "stream_route.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace sluice::server {

namespace asio = boost::asio;

namespace {

[[nodiscard]] std::size_t thread_count(options const& o)
{
    return o.threads != 0 ? o.threads : std::max(1U, std::thread::hardware_concurrency());
}

[[nodiscard]] std::unique_ptr<listener> listen(std::string const& where, worker& home)
{
    try {
        // Checked when the options were read.
        return make_listener(parse_listen_address(where).value(), home);
    } catch (boost::system::system_error const& e) {
        throw std::system_error(e.code().value(), std::generic_category(), "cannot listen on " + where);
    }
}

} // namespace

server::server(options const& o, reload::reread reread) : options_{o}
{
    auto const initial = std::make_shared<settings const>(o);
    std::vector<asio::any_io_executor> executors;
    for (std::size_t i = 0; i != thread_count(o); ++i) {
        workers_.push_back(std::make_unique<worker>(initial));
        executors.emplace_back(workers_.back()->executor());
    }
    for (auto const& where : o.listen) {
        listeners_.push_back(listen(where, *workers_.front()));
    }
    broker_ = std::make_unique<broker>(executors, within_descriptors(o.broker), &observer_);
    telemetry_ = std::make_unique<telemetry>(std::move(executors), *broker_);
    service_ = std::make_unique<service>(service{*broker_, {}, {}});
    for (auto const& w : workers_) {
        service_->workers.push_back(w.get());
    }
    service_->router.add_stream(access::subscribe, "/events", std::make_shared<stream_route>(*broker_));
    service_->router.add_stream(access::publish, "/stats/stream", std::make_shared<stream_route>(telemetry_->source()));
    add_health_routes(service_->router, *broker_);
    add_metrics_route(service_->router, *service_, *telemetry_);
    add_page_route(service_->router);
    add_session_routes(service_->router, *broker_);
    if (o.test_endpoints) {
        test_endpoints_ = std::make_unique<test_endpoints>(*broker_);
        router::group const publishing{service_->router, access::publish};
        test_endpoints_->add_to(publishing);
    }
    signals_ = std::make_unique<asio::signal_set>(workers_.front()->context(), SIGTERM, SIGINT);
    last_call_ = std::make_unique<asio::steady_timer>(workers_.front()->context());
    reload_ =
        std::make_unique<reload>(workers_.front()->context(), options_, *broker_, service_->workers, std::move(reread));
}

server::~server() = default;

void server::run()
{
    await_signal();
    reload_->start();
    for (auto const& l : listeners_) {
        l->start(*service_);
        fmt::print("sluice listening on {}\n", l->name());
    }
    std::fflush(stdout);
    spdlog::info("ready: threads={} max_connections={}", workers_.size(), broker_->limits().max_connections);
    telemetry_->start();
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i != workers_.size(); ++i) {
        threads.emplace_back([&w = *workers_[i]] { w.run(); });
    }
    workers_.front()->run();
    for (auto& t : threads) {
        t.join();
    }
    spdlog::info("stopped");
}

void server::await_signal()
{
    signals_->async_wait([this](error_code ec, int signal) {
        if (ec) {
            return;
        }
        if (draining_) {
            std::_Exit(128 + signal);
        }
        draining_ = true;
        await_signal();
        auto const on_done = [](std::exception_ptr const& failure) { log_failure("the drain", failure); };
        asio::co_spawn(workers_.front()->executor(), drain(), on_done);
    });
}

/// Nothing new is accepted, every stream is told and ends, requests under way are answered, and the workers run out of
/// work. What is stuck is left behind when the time is over.
task<void> server::drain()
{
    spdlog::info("draining: streams={}", broker_->client_count());
    for (auto const& l : listeners_) {
        l->stop();
    }
    last_call_->expires_after(options_.drain_timeout);
    last_call_->async_wait([](error_code ec) {
        if (!ec) {
            // Coroutines that are stuck cannot be waited for, and nothing of theirs is worth tidying up.
            spdlog::warn("the drain timed out: what is left is cut off");
            std::_Exit(EXIT_SUCCESS);
        }
    });
    // A little earlier than the last call, so that cut streams still end in order.
    co_await broker_->async_stop(options_.drain_timeout * 9 / 10, asio::deferred);
    // Last, so that who watches the server sees it drain.
    co_await telemetry_->async_stop(options_.drain_timeout / 20, asio::deferred);
    auto const on_closed = [this] { asio::post(workers_.front()->executor(), [this] { on_worker_closed(); }); };
    for (auto const& w : workers_) {
        asio::post(w->executor(), [&w = *w, on_closed] { w.close_connections(on_closed); });
    }
}

void server::on_worker_closed()
{
    if (++closed_workers_ == workers_.size()) {
        last_call_->cancel();
        signals_->cancel();
        reload_->stop();
    }
}

} // namespace sluice::server
