#include "reload.hpp"

#include "connections/worker.hpp"
#include "listeners/descriptors.hpp"
#include "logs/logging.hpp"
#include "options/declaration.hpp"
#include "options/jwt_keys.hpp"
#include "options/settings.hpp"
#include "supervision/service_manager.hpp"

#include <boost/asio/post.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <utility>

namespace sluice::server {

option_changes take_over(options& in_force, options const& fresh)
{
    option_changes changes;
    for (auto const& d : declarations()) {
        if (d.same(in_force, fresh)) {
            continue;
        }
        if (d.protects && d.get(fresh).empty()) {
            changes.kept.push_back(d.key());
            continue;
        }
        if (d.reloadable) {
            d.copy(in_force, fresh);
        }
        (d.reloadable ? changes.changed : changes.needs_restart).push_back(d.key());
    }
    return changes;
}

reload::reload(boost::asio::io_context& context, options& in_force, broker& b, std::vector<worker*> workers,
               service_manager& manager, reread read)
    : in_force_{in_force},
      broker_{b},
      workers_{std::move(workers)},
      manager_{manager},
      read_{std::move(read)},
      signals_{context, SIGHUP}
{
}

void reload::start()
{
    signals_.async_wait([this](error_code ec, int) {
        if (!ec) {
            manager_.reloading();
            read_again();
            manager_.reloaded();
            start();
        }
    });
}

void reload::read_again()
{
    auto const fresh = read_();
    if (fresh.exit) {
        log_event(log_level::err, "options not reloaded, nothing has changed", {{"error", fresh.exit->text}});
        return;
    }
    apply(take_over(in_force_, fresh.options));
}

void reload::renew_settings()
{
    auto const now = std::make_shared<settings const>(in_force_);
    for (auto* const w : workers_) {
        boost::asio::post(w->executor(), [w, now] { w->set(now); });
    }
}

void reload::apply(option_changes const& changes)
{
    renew_settings();
    log_left_out_keys(in_force_.jwt);
    broker_.set_limits(limits::of(within_descriptors(in_force_.broker)));
    // Logged at the more verbose of the old and the new level.
    auto const level = spdlog::level::from_str(in_force_.log_level);
    spdlog::set_level(std::min(level, spdlog::get_level()));
    log_event(log_level::info, "options reloaded",
              {{"changed", changes.changed.empty() ? "none" : fmt::format("{}", fmt::join(changes.changed, ","))}});
    if (!changes.kept.empty()) {
        log_event(log_level::err, "protections that are no longer configured stay in force until a restart",
                  {{"options", fmt::format("{}", fmt::join(changes.kept, ","))}});
    }
    if (!changes.needs_restart.empty()) {
        log_event(log_level::warn, "options that need a restart to change",
                  {{"options", fmt::format("{}", fmt::join(changes.needs_restart, ","))}});
    }
    set_log_level(in_force_.log_level);
}

} // namespace sluice::server
