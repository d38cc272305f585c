#pragma once

#include "access/jwt/token_grant.hpp"
#include <sluice/event/event.hpp>
#include <sluice/http/problem.hpp>
#include <sluice/http/publish_request.hpp>

#include <cstddef>

namespace sluice::server::mercure {

/// Reads an update, the form in a publisher's body, as an event: `topic` (1 to 100), `data`, `private` (which counts by
/// being there), `id`, `type`, `retry`; other fields are ignored. An empty `id`, `type` or `retry` counts as none.
///
/// By Mercure 1.0 a topic, id or type has no control or format character, a topic is not the hub's own, an id does not
/// begin with `#`, and `mercure` is no type. By 0.x a topic is not the hub's own.
///
/// Problems: 400 that names the field, 403 for a topic of the hub's own by 0.x, 413 for too many topics or too much
/// data, 415 for a body that is no form.
[[nodiscard]] expected<event> parse_update(publish_input const& in, jwt::dialect by, std::size_t max_event_bytes);

} // namespace sluice::server::mercure
