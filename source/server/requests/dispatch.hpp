#pragma once

#include "access/jwt/verifier.hpp"
#include "entrance.hpp"
#include "options/settings.hpp"
#include "request_reader.hpp"
#include <sluice/http/reply.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sluice::server {

/// The result of judging a request by its head.
struct destination {
    /// The answer if it does not depend on the body: a refusal, or the answer to `OPTIONS`. Otherwise there is a route.
    std::optional<reply> answer;
    server::route const* route = nullptr;
    /// The route's path as it was registered, for logs and counters; empty if there is none.
    std::string_view path;
    /// The part of the path that stands for the last `{}`.
    std::string parameter;
    /// Who sends it.
    admission who;
    /// Whether it is refused because its token names a key that is not known.
    bool names_unknown_key = false;
};

/// Judges a request by its head, in this order: is there one Host (400); does the path exist (404); if it is `OPTIONS`,
/// answer it, because browsers ask with it whether they may send a token; has it the token that the route needs (401,
/// or 403 if the token is good but does not reach); if no token protects the server, is Host a name of this server
/// (403); does another site's page send it to a publishing route (403); does the method exist (405); has the query of a
/// route without parameters a field (400)? The entrance outlives the destination.
[[nodiscard]] destination dispatch(http_request const& head, entrance const& by, settings const& in_force,
                                   jwt::verifier& tokens);

/// The answer to a request that is not let in. `resource_metadata` is the route's.
[[nodiscard]] reply not_let_in(access_refusal const& why, std::string_view resource_metadata = {});

/// Says in an answer of 401 or 403 what is wrong with the token that was given (RFC 6750, section 3), and where the
/// tokens that count are described, if they are (RFC 9728, section 5.1).
void add_challenge(reply& r, std::string_view description, std::string_view resource_metadata = {});

} // namespace sluice::server
