#pragma once

// A client of event streams: start with `event_source`. For `https` also <sluice/event_source_tls.hpp>.

#include <sluice/client/event_source.hpp>
#include <sluice/client/event_stream_parser.hpp>
#include <sluice/client/options.hpp>
#include <sluice/client/received_event.hpp>
