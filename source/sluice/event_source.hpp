#pragma once

// A client of event streams: start with `event_source`. For `https` also <sluice/event_source_tls.hpp>.

#include <sluice/event_source/event_source.hpp>
#include <sluice/event_source/event_stream_parser.hpp>
#include <sluice/event_source/options.hpp>
#include <sluice/event_source/received_event.hpp>
