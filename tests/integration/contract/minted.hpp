#pragma once

#include <support/event_stream.hpp>
#include <support/failure.hpp>

#include <access/jwt/key_file.hpp>
#include <access/jwt/mint.hpp>
#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// JSON Web Tokens for a server with the keys of the unit tests.
namespace sluice::test {

namespace jwt = server::jwt;

inline std::string key_path(std::string_view name) { return fmt::format("{}/{}", SLUICE_JWT_KEYS, name); }

inline std::string key_file_text(std::string_view name)
{
    std::ifstream in(key_path(name));
    if (!in.is_open()) {
        fail("a key", name);
    }
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// A server that knows the secret and the public key on P-256.
inline std::vector<std::string> with_keys(std::vector<std::string> more = {})
{
    more.insert(more.end(), {"--jwt-key-file", key_path("secret"), "--jwt-key-file", key_path("p256.public.pem")});
    return more;
}

/// Signed with the secret, or with a private key.
inline std::string minted(const jwt::minted_claims& claims, std::string_view key = "secret")
{
    const auto by = jwt::read_signing_key(key_file_text(key));
    if (by.has_error()) {
        fail("a key", by.error().text);
    }
    const auto* const with = jwt::find_algorithm(key == "secret" ? "HS256" : "ES256");
    return jwt::mint(claims, *with, *by);
}

inline std::vector<jwt::matcher> exactly(const std::vector<std::string>& topics)
{
    std::vector<jwt::matcher> list;
    for (const auto& topic : topics) {
        list.push_back(topic == "*" ? jwt::matcher{.kind = jwt::matcher_kind::everything}
                                    : jwt::matcher{.kind = jwt::matcher_kind::exact, .text = topic});
    }
    return list;
}

inline std::chrono::sys_seconds in_seconds(int n)
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + std::chrono::seconds(n);
}

/// For streams with private events of these topics.
inline jwt::minted_claims may_subscribe(const std::vector<std::string>& topics, std::string subject = "alice")
{
    jwt::minted_claims claims;
    claims.grant.subject = std::move(subject);
    claims.grant.subscribe = exactly(topics);
    return claims;
}

inline jwt::minted_claims may_publish(const std::vector<std::string>& topics, std::string subject = "alice")
{
    jwt::minted_claims claims;
    claims.grant.subject = std::move(subject);
    claims.grant.publish = exactly(topics);
    return claims;
}

inline header_fields bearing(const std::string& token) { return {{"Authorization", "Bearer " + token}}; }

/// A token that may publish everything.
inline header_fields as_publisher() { return bearing(minted(may_publish({"*"}, "publisher"))); }

} // namespace sluice::test
