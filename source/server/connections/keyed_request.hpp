#pragma once

#include "requests/dispatch.hpp"
#include "requests/idempotency_keys.hpp"
#include "requests/request_reader.hpp"
#include "worker.hpp"
#include <sluice/http/problem.hpp>

#include <variant>

namespace sluice::server {

/// Whether the request has an `Idempotency-Key` that counts.
[[nodiscard]] bool is_keyed(http_request const& request, destination const& to, service const& s);

/// Begins a request that has one: either it is the first with this key, or there is an answer (`idempotency_keys`). The
/// key belongs to the publisher's token. Problem: 400 if it is not 1 to 255 visible ASCII characters.
[[nodiscard]] task<std::variant<idempotency_keys::first_use, reply>>
begin_keyed(http_request const& request, destination const& to, service& s, worker& by);

} // namespace sluice::server
