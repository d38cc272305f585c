#pragma once

#include <access/jwt/base64url.hpp>
#include <access/jwt/key_file.hpp>
#include <access/jwt/signature.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server::jwt::testing {

/// The time at which tokens are judged.
inline constexpr std::chrono::sys_seconds token_time{std::chrono::seconds{1'800'000'000}};

/// The text of a file in `keys`, whose keys protect nothing.
[[nodiscard]] inline std::string key_text(std::string const& name)
{
    std::ifstream in{std::string{SLUICE_JWT_KEYS} + "/" + name};
    REQUIRE_MESSAGE(in.is_open(), name);
    return {std::istreambuf_iterator<char>{in}, {}};
}

[[nodiscard]] inline key verifying(std::string const& name)
{
    auto read = read_verifying_key(key_text(name));
    REQUIRE_MESSAGE(read.has_value(), name);
    return *read;
}

[[nodiscard]] inline key signing(std::string const& name)
{
    auto read = read_signing_key(key_text(name));
    REQUIRE_MESSAGE(read.has_value(), name);
    return *read;
}

/// The files of the private and the public key for an algorithm.
struct key_pair {
    std::string signing;
    std::string verifying;
};

[[nodiscard]] inline key_pair pair_for(algorithm const& with)
{
    switch (with.family) {
    case family::hmac:
        return {"secret", "secret"};
    case family::rsa:
    case family::rsa_pss:
        return {"rsa.private.pem", "rsa.public.pem"};
    case family::eddsa:
        return {"ed25519.private.pem", "ed25519.public.pem"};
    case family::ecdsa:
        break;
    }
    std::string const curve = with.bits == 256 ? "p256" : with.bits == 384 ? "p384" : "p521";
    return {curve + ".private.pem", curve + ".public.pem"};
}

/// One key of each kind.
[[nodiscard]] inline std::vector<key> all_keys()
{
    return {verifying("secret"),          verifying("rsa.public.pem"),  verifying("p256.public.pem"),
            verifying("p384.public.pem"), verifying("p521.public.pem"), verifying("ed25519.public.pem")};
}

/// The token of a header and a payload, however wrong they are.
[[nodiscard]] inline std::string token_of(std::string_view header, std::string_view payload, algorithm const& with,
                                          key const& by)
{
    auto const text = encode_base64url(header) + '.' + encode_base64url(payload);
    return text + '.' + encode_base64url(sign(with, by, text));
}

} // namespace sluice::server::jwt::testing
