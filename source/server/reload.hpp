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

/// What reading the options again has brought.
struct option_changes {
    std::vector<std::string> changed;       ///< keys of options that changed
    std::vector<std::string> needs_restart; ///< keys of options that were given anew and stay as they were
    std::vector<std::string> kept;          ///< keys of protections that are given no more, and stay in force
};

/// Takes over into `in_force` what `fresh` has of the options that can change while the server runs.
[[nodiscard]] option_changes take_over(options& in_force, options const& fresh);

/// Reads the options anew at `SIGHUP` and puts in force what can change while the server runs; on an error everything
/// stays as it is. A protection that is given no more stays in force. What it did it logs, by names and never by the
/// values of secrets; the service manager is told when it begins and ends.
///
/// Confined to the first worker's thread, which reads the files, but for the constructor and `start`.
class reload {
public:
    using reread = std::function<parsed_options()>;

    /// `in_force` is changed; it, the broker, the workers and the manager outlive this.
    reload(boost::asio::io_context& context, options& in_force, broker& b, std::vector<worker*> workers,
           service_manager& manager, reread read);

    /// Waits for the signal from now on.
    void start();
    /// Waits no more, so that the context may run out of work. The signal still does not end the process.
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
