#pragma once

#include "access/jwt/revocations.hpp"
#include "connections/worker.hpp"
#include "keys/jwks_source.hpp"
#include "listeners/listener.hpp"
#include "listeners/socket_activation.hpp"
#include "logs/logging_observer.hpp"
#include "mercure/active_subscriptions.hpp"
#include "metrics/telemetry.hpp"
#include "options/options.hpp"
#include "reload.hpp"
#include "supervision/life_signs.hpp"
#include "supervision/service_manager.hpp"
#include <sluice/broker.hpp>
#include <sluice/test_endpoints.hpp>

#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace sluice::server {

/// The whole server: workers, broker, routes and listeners, from the start to the end of a drain.
class server {
public:
    /// Takes over the passed sockets, and binds each address at which none of them listens already. Throws
    /// `std::system_error` if an address cannot be bound. `reread` reads the options again.
    server(options const& o, std::vector<passed_socket> const& passed, reload::reread reread);
    ~server();
    server(server const&) = delete;
    server& operator=(server const&) = delete;

    /// Prints a ready line for each listener, and serves until `SIGTERM` or `SIGINT` and the drain that follows. A
    /// second signal ends the process at once. `SIGHUP` makes it read the options again.
    void run();

private:
    void make_listeners(std::vector<passed_socket> const& passed);
    [[nodiscard]] std::string own_url() const;
    void add_routes();
    void await_signal();
    [[nodiscard]] task<void> drain(int signal);
    [[nodiscard]] task<void> delay_drain();
    void start_last_call();
    void on_worker_closed();
    [[nodiscard]] std::string addresses() const;

    options options_;
    service_manager manager_;
    body_memory bodies_;
    idempotency_keys keys_;
    jwt::revocations revoked_;
    std::vector<std::unique_ptr<worker>> workers_;
    std::unique_ptr<life_signs> life_signs_;
    std::unique_ptr<logging_observer> observer_;
    std::unique_ptr<broker> broker_;
    std::unique_ptr<telemetry> telemetry_;
    std::unique_ptr<side_thread> side_thread_;
    std::unique_ptr<service> service_;
    std::unique_ptr<test_endpoints> test_endpoints_;
    /// Null if nothing tells of Mercure's subscriptions. Streams hold it, too.
    std::shared_ptr<mercure::active_subscriptions> subscriptions_;
    std::vector<std::unique_ptr<listener>> listeners_;
    /// The listener for operators, if they have an address of their own; it is one of the listeners.
    listener const* operations_ = nullptr;
    std::unique_ptr<boost::asio::signal_set> signals_;
    std::unique_ptr<boost::asio::steady_timer> last_call_;
    std::unique_ptr<reload> reload_;
    /// Null if the options name no URL of keys.
    std::shared_ptr<jwks_source> key_set_;
    std::size_t closed_workers_ = 0;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

} // namespace sluice::server
