#pragma once

#include "key.hpp"

#include <string_view>

namespace sluice::server::jwt {

/// The key to verify with, of a file's text: a public key or a certificate in PEM, else a secret. A line end at the end
/// is no part of a secret. Of a certificate only the key counts: neither its dates nor who signed it.
[[nodiscard]] key_result<key> read_verifying_key(std::string_view text);

/// The key to sign with, of a file's text: a private key in PEM that is not encrypted, else a secret.
[[nodiscard]] key_result<key> read_signing_key(std::string_view text);

} // namespace sluice::server::jwt
