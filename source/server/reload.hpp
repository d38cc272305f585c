#pragma once

#include "options/options.hpp"
#include <sluice/broker.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <functional>
#include <string>
#include <vector>

namespace sluice::server {

class service_manager;
class worker;

/// The result of reading the options again.
struct option_changes {
    std::vector<std::string> changed;       ///< keys of options that changed
    std::vector<std::string> needs_restart; ///< keys of options that were changed but need a restart
    std::vector<std::string> kept;          ///< keys of protections that are no longer configured and stay in force
};

/// Copies those options from `fresh` into `in_force` that can change while the server runs.
[[nodiscard]] option_changes take_over(options& in_force, options const& fresh);

/// Reads the options again at `SIGHUP` and applies those that can change while the server runs. On an error nothing
/// changes. A protection that is no longer configured stays in force. The names of changed options are logged, never
/// the values of secrets. The service manager is told when a reload begins and ends.
///
/// Confined to the first worker's thread, which also reads the files, except for the constructor and `start`.
class reload {
public:
    using reread = std::function<parsed_options()>;

    /// `in_force` is changed by reloads. It, the broker, the workers and the manager outlive this object.
    reload(boost::asio::io_context& context, options& in_force, broker& b, std::vector<worker*> workers,
           service_manager& manager, reread read);

    /// Begins to wait for the signal.
    void start();
    /// Has the workers go by the options in force.
    void renew_settings();
    /// Stops waiting, so that the context can run out of work. The signal still does not end the process.
    void stop() { signals_.cancel(); }

private:
    void read_again();
    void apply(option_changes const& changes);

    options& in_force_;
    broker& broker_;
    std::vector<worker*> workers_;
    service_manager& manager_;
    reread read_;
    boost::asio::signal_set signals_;
};

} // namespace sluice::server
