// Tokens, keys and sets of keys, however broken. The first byte says what the rest is:
//   t  a token
//   p  a header, a line end, and a payload, which are signed, so that the claims are read
//   k  the text of a key's file
//   s  a set of keys
#include "fuzz_words.hpp"

#include <access/jwt/base64url.hpp>
#include <access/jwt/jwks.hpp>
#include <access/jwt/key_file.hpp>
#include <access/jwt/rights.hpp>
#include <access/jwt/signature.hpp>
#include <access/jwt/verify.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr char const* words[] = {".",
                                 "=",
                                 "-",
                                 "_",
                                 "A",
                                 "e30",
                                 "{",
                                 "}",
                                 "[",
                                 "]",
                                 "\"",
                                 ":",
                                 ",",
                                 "null",
                                 "true",
                                 "0",
                                 "1e400",
                                 "-1",
                                 "\n",
                                 "\\u0000",
                                 "\xff",
                                 "\"alg\":",
                                 "\"kid\"",
                                 "\"typ\"",
                                 "\"crit\"",
                                 "HS256",
                                 "\"exp\":",
                                 "\"aud\":",
                                 "\"*\"",
                                 "\"kty\"",
                                 "\"EC\"",
                                 "\"use\"",
                                 "\"d\"",
                                 "none",
                                 "ES256",
                                 "EdDSA",
                                 "{id}",
                                 "-----BEGIN ",
                                 "-----END ",
                                 "PUBLIC KEY-----",
                                 "PRIVATE KEY-----"};

} // namespace

std::span<char const* const> const fuzz_words{words};

namespace {

using namespace sluice::server::jwt;

constexpr std::chrono::sys_seconds now{std::chrono::seconds{1'800'000'000}};

void require(bool holds, char const* what)
{
    if (!holds) {
        std::fprintf(stderr, "not so: %s\n", what);
        std::abort();
    }
}

/// A secret, and the public keys of the RFCs.
std::vector<key> const& known_keys()
{
    static auto const keys = [] {
        auto set = parse_jwks(R"({"keys":[
            {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
            {"kty":"EC","crv":"P-256","kid":"a","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
             "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
            {"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}]})");
        return std::move(set->keys);
    }();
    return keys;
}

bool permits_any(key const& one)
{
    return std::ranges::any_of(algorithms, [&](algorithm const& with) { return one.permits(with); });
}

void check_token(std::string_view token)
{
    claim_rules const rules{.issuer = "joe", .audiences = {"hub"}};
    for (auto const& these : {claim_rules{}, rules}) {
        auto const grant = verify(token, known_keys(), these, now);
        auto const failed = failed_checks(token, known_keys(), these, now);
        require(grant.has_value() == failed.empty(), "a token is good if no check fails");
        require(grant.has_value() || grant.error() == failed.front(), "the first check that fails refuses it");
        for (auto const why : failed) {
            require(!to_text(why).empty(), "each refusal has a text");
        }
        if (grant) {
            require(grant->subscribe.size() + grant->publish.size() <= most_matchers, "there is a most of matchers");
            require(!grant->expires || !has_expired(*grant->expires, these, now), "it has not expired");
        }
    }
}

void check_payload(std::string_view text)
{
    auto const line = text.find('\n');
    auto const header = text.substr(0, line);
    auto const payload = line == std::string_view::npos ? std::string_view{} : text.substr(line + 1);
    auto token = encode_base64url(header) + '.' + encode_base64url(payload);
    token += '.' + encode_base64url(sign(algorithms.front(), known_keys().back(), token));
    check_token(token);
}

void check_key(std::string_view text)
{
    for (auto const& read : {read_verifying_key(text), read_signing_key(text)}) {
        require(read.has_value() ? permits_any(*read) : !read.error().text.empty(), "a key is of use, or has a fault");
        bool const is_pem = text.find("-----BEGIN ") != std::string_view::npos;
        require(!read || !is_pem || read->kind != key_kind::secret, "PEM is never a secret");
    }
}

void check_set(std::string_view text)
{
    auto const set = parse_jwks(text);
    if (set) {
        require(std::ranges::all_of(set->keys, permits_any), "each key of a set is of use");
    }
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer names it
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const input{reinterpret_cast<char const*>(data), size};
    auto const kind = input.substr(0, 1);
    auto const text = input.substr(kind.size());
    if (kind == "t") {
        check_token(text);
    } else if (kind == "p") {
        check_payload(text);
    } else if (kind == "k") {
        check_key(text);
    } else if (kind == "s") {
        check_set(text);
    }
    return 0;
}
