#pragma once

#include "algorithm.hpp"
#include "key.hpp"

#include <string>
#include <string_view>

namespace sluice::server::jwt {

/// Whether the bytes can be a signature of this algorithm. With ES they are r and s, one behind the other, each of the
/// size of the curve's order and not zero; DER is refused. With the others any bytes can.
[[nodiscard]] bool has_signature_form(algorithm const& with, std::string_view signature) noexcept;

/// Whether the signature is one of the text by this algorithm and key, which must permit the algorithm.
[[nodiscard]] bool verify_signature(algorithm const& with, key const& by, std::string_view text,
                                    std::string_view signature);

/// Signs the text. The key must permit the algorithm and, unless it is a secret, be a private one. Throws
/// `std::runtime_error` if OpenSSL cannot.
[[nodiscard]] std::string sign(algorithm const& with, key const& by, std::string_view text);

} // namespace sluice::server::jwt
