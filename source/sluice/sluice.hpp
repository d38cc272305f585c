#pragma once

/// @namespace sluice
/// A Server-Sent Events hub for applications on Boost.Asio, and a client.
///
/// Start with `broker`, which takes events and delivers them to sessions, and `handler`, which serves one stream over a
/// connection of the application. The client, `event_source`, is in <sluice/event_source.hpp>.

#include <sluice/broker.hpp>
#include <sluice/config.hpp>
#include <sluice/delivery/client.hpp>
#include <sluice/error.hpp>
#include <sluice/event/event.hpp>
#include <sluice/event/event_id.hpp>
#include <sluice/handler.hpp>
#include <sluice/histogram.hpp>
#include <sluice/history.hpp>
#include <sluice/limits.hpp>
#include <sluice/metrics.hpp>
#include <sluice/observer.hpp>
#include <sluice/presence.hpp>
#include <sluice/session/session.hpp>
#include <sluice/session/session_id.hpp>
#include <sluice/session/session_manager.hpp>
#include <sluice/session/session_meta.hpp>
#include <sluice/stats.hpp>
#include <sluice/test_endpoints.hpp>
#include <sluice/version.hpp>
