#pragma once

#include "access/jwt/verifier.hpp"
#include "options.hpp"

#include <memory>

namespace sluice::server {

/// Reads the files that the options name. Throws `option_error` if one cannot be read or used.
void read_keys(jwt_options& o, reading when);

/// The keys in the texts that `read_keys` read and that were fetched, and the rules for claims.
[[nodiscard]] std::shared_ptr<jwt::trust const> make_trust(jwt_options const& o);

/// Logs which entries of the sets are left out because they are not for verifying tokens.
void log_left_out_keys(jwt_options const& o);

} // namespace sluice::server
