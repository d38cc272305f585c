#include "keys.hpp"

#include <access/jwt/jwks.hpp>

#include <algorithm>

using namespace sluice::server::jwt;
using namespace sluice::server::jwt::testing;

namespace {

/// The names of the algorithms that the key permits.
std::string permitted_by(key const& one)
{
    std::string names;
    for (auto const& with : algorithms) {
        if (one.permits(with)) {
            names.append(names.empty() ? "" : " ").append(with.name);
        }
    }
    return names;
}

struct key_row {
    char const* file;
    char const* permitted; ///< or what its fault contains
    bool good;
};

constexpr key_row verifying_rows[] = {
    {"secret", "HS256 HS384 HS512", true},
    {"rsa.public.pem", "RS256 RS384 RS512 PS256 PS384 PS512", true},
    {"rsa.pkcs1.pem", "RS256 RS384 RS512 PS256 PS384 PS512", true},
    {"p256.public.pem", "ES256", true},
    {"p256.certificate.pem", "ES256", true},
    {"p384.public.pem", "ES384", true},
    {"p521.public.pem", "ES512", true},
    {"ed25519.public.pem", "EdDSA", true},
    {"rsa1024.public.pem", "1024 bits", false},
    {"rsa_pss.public.pem", "neither RSA", false},
    {"secp256k1.public.pem", "none of the curves", false},
    {"ed448.public.pem", "neither RSA", false},
    {"rsa.private.pem", "private key", false},
    {"sec1.private.pem", "private key", false},
    {"encrypted.private.pem", "private key", false},
};

constexpr key_row signing_rows[] = {
    {"secret", "HS256 HS384 HS512", true},       {"rsa.private.pem", "RS256 RS384 RS512 PS256 PS384 PS512", true},
    {"p256.private.pem", "ES256", true},         {"sec1.private.pem", "ES256", true},
    {"ed25519.private.pem", "EdDSA", true},      {"encrypted.private.pem", "encrypted", false},
    {"rsa.public.pem", "no private key", false}, {"p256.certificate.pem", "no private key", false},
};

template <class Read>
void check(key_row const& row, Read read)
{
    CAPTURE(row.file);
    auto const result = read(key_text(row.file));
    CHECK(result.has_value() == row.good);
    if (result) {
        CHECK(permitted_by(*result) == row.permitted);
    } else {
        CAPTURE(result.error().text);
        CHECK(result.error().text.find(row.permitted) != std::string::npos);
    }
}

struct key_text_row {
    std::string text;
    char const* fault;
};

void check_faults(std::vector<key_text_row> const& rows)
{
    for (auto const& row : rows) {
        CAPTURE(row.text);
        auto const result = read_verifying_key(row.text);
        REQUIRE(result.has_error());
        CAPTURE(result.error().text);
        CHECK(result.error().text.find(row.fault) != std::string::npos);
    }
}

} // namespace

TEST_SUITE("server/access/jwt")
{
    TEST_CASE("key · what it is decides the algorithms that it permits")
    {
        for (auto const& row : verifying_rows) {
            check(row, read_verifying_key);
        }
        for (auto const& row : signing_rows) {
            check(row, read_signing_key);
        }
    }

    TEST_CASE("key · a secret permits hashes up to its own length")
    {
        CHECK(make_secret(std::string(31, 's')).has_error());
        CHECK(permitted_by(*make_secret(std::string(32, 's'))) == "HS256");
        CHECK(permitted_by(*make_secret(std::string(47, 's'))) == "HS256");
        CHECK(permitted_by(*make_secret(std::string(48, 's'))) == "HS256 HS384");
        CHECK(permitted_by(*make_secret(std::string(63, 's'))) == "HS256 HS384");
        CHECK(permitted_by(*make_secret(std::string(64, 's'))) == "HS256 HS384 HS512");
    }

    TEST_CASE("key · one line end at the end of the file is no part of a secret")
    {
        std::string const secret(32, 's');
        CHECK(read_verifying_key(secret + "\n")->secret == secret);
        CHECK(read_verifying_key(secret + "\r\n")->secret == secret);
        CHECK(read_verifying_key(secret + "\n\n")->secret == secret + "\n");
        CHECK(read_verifying_key(std::string(31, 's') + "\n").has_error());
    }

    TEST_CASE("key · what is no key for tokens is refused, and never taken for a secret")
    {
        auto const rsa = key_text("rsa.public.pem");
        std::string const ed25519 =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea a@b";
        check_faults({
            {"", "0 bytes"},
            {"short\n", "5 bytes"},
            {rsa + key_text("p256.public.pem"), "several"},
            {"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n", "no key"},
            {rsa.substr(0, 100) + "\n-----END PUBLIC KEY-----\n", "cannot be decoded"},
            {"-----BEGIN SSH2 PUBLIC KEY-----\nAAAA\n-----END SSH2 PUBLIC KEY-----\n", "cannot be decoded"},
            {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be decoded"},
            {ed25519, "SSH"},
            {R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})",
             "--jwks-file"},
        });
        CHECK(make_secret(rsa).has_error());
        CHECK(make_secret("text in front\n" + rsa).has_error());
        // Text around a block is a comment.
        CHECK(read_verifying_key("the hub's key\n" + rsa).has_value());
    }
}

namespace {

struct jwks_row {
    char const* name;
    std::string entries;
    /// Of each key; `-` for an entry that is left out; or, if it begins with `!`, what the fault contains.
    char const* result;
};

/// The modulus of `rsa.public.pem`.
std::string const n2048 =
    "1-o4rshyp2YGQh0-cx24SXoW-7or-62fpkaXz_vTL7ogq_YrCLAN2_HVWdMrcBYiUSseblaHwAgqsmvf0rYfhJ7c5w1VBhzheb9tSTa4lb3Jr2"
    "yadpOgyE17_16xrucK4ky8woQO-w2DjhLKYVFS3-Jny9D43eIQPYswvXwGZEm555Nz1mmixIQe87WKssObjJkhsTMb1NlfkNKMUqadxrnvK29w"
    "kk3MkP_gcNMc8DKAp-wprMqEXbS8DJmIfbnvaTW2jsPp9ZuuP98JG5qZ-EidMws0M-BPsfyY10Eimfx5XyOpljUzJzSGXnlrNctAXj8G183jab"
    "jrvlrQsEVZYQ";
std::string const x256 = R"("x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")";
std::string const y256 = R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")";
std::string const ec256 = R"("kty":"EC","crv":"P-256",)" + x256 + ',' + y256;
std::string const ed = R"("kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")";
std::string const oct =
    R"("kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")";

std::vector<jwks_row> jwks_rows()
{
    auto const in_braces = [](std::string const& members) { return '{' + members + '}'; };
    return {
        {"none", "", ""},
        {"a curve", in_braces(ec256), "ES256"},
        {"RSA", in_braces(R"("kty":"RSA","e":"AQAB","n":")" + n2048 + '"'), "RS256 RS384 RS512 PS256 PS384 PS512"},
        {"Ed25519", in_braces(ed), "EdDSA"},
        {"a secret", in_braces(oct), "HS256 HS384 HS512"},
        {"a secret for one algorithm", in_braces(oct + R"(,"alg":"HS384")"), "HS384"},
        {"two", in_braces(ec256 + R"(,"kid":"a")") + ',' + in_braces(ed + R"(,"kid":"b")"), "ES256|EdDSA"},
        {"for signatures", in_braces(ec256 + R"(,"use":"sig","key_ops":["verify"],"alg":"ES256")"), "ES256"},
        {"its private part is not read", in_braces(ed + R"(,"d":"!")"), "EdDSA"},
        {"for encryption", in_braces(ec256 + R"(,"use":"enc")"), "-"},
        {"to sign only", in_braces(ec256 + R"(,"key_ops":["sign"])"), "-"},
        {"another algorithm", in_braces(ec256 + R"(,"alg":"ECDH-ES")"), "-"},
        {"another type", in_braces(R"("kty":"AKP")"), "-"},
        {"another curve", in_braces(R"("kty":"EC","crv":"secp256k1","x":"","y":"")"), "-"},
        {"X25519", in_braces(R"("kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")"), "-"},
        {"no type", in_braces(R"("kid":"a")"), "!key 1 ('a') has no 'kty'"},
        {"no object", "1", "!is not an object"},
        {"a point that is not on the curve",
         in_braces(R"("kty":"EC","crv":"P-256",)" + x256 + R"(,"y":)" + x256.substr(4)), "!numbers"},
        {"a coordinate that is too short", in_braces(R"("kty":"EC","crv":"P-256",)" + x256 + R"(,"y":"AAAA")"),
         "!32 bytes"},
        {"no coordinate", in_braces(R"("kty":"EC","crv":"P-256",)" + x256), "!no 'y'"},
        {"padding", in_braces(R"("kty":"EC","crv":"P-256",)" + x256.substr(0, x256.size() - 1) + "=\"," + y256),
         "!no 'x'"},
        {"Ed25519 of the wrong size", in_braces(R"("kty":"OKP","crv":"Ed25519","x":"AAAA")"), "!32 bytes"},
        {"a short secret", in_braces(R"("kty":"oct","k":"AAAA")"), "!3 bytes"},
        {"an empty secret", in_braces(R"("kty":"oct","k":"")"), "!no 'k'"},
        {"a short modulus", in_braces(R"("kty":"RSA","e":"AQAB","n":"v5hQEnTqf-E9aNoi5bFUTg")"), "!bits"},
        {"an exponent of 1", in_braces(R"("kty":"RSA","e":"AQ","n":")" + n2048 + '"'), "!numbers"},
        {"an algorithm that does not suit", in_braces(ec256 + R"(,"alg":"RS256")"), "!cannot be used with its 'alg'"},
        {"an id that is no text", in_braces(ec256 + R"(,"kid":1)"), "!'kid'"},
        {"a fault behind a good one", in_braces(ec256) + ",{}", "!key 2 has no 'kty'"},
        {"a member twice", in_braces(ec256 + R"(,"crv":"P-256")"), "!twice"},
    };
}

/// As in `jwks_row`.
std::string result_of(key_result<jwks> const& set)
{
    if (set.has_error()) {
        return "!" + set.error().text;
    }
    std::string text;
    for (auto const& one : set->keys) {
        text.append(text.empty() ? "" : "|").append(permitted_by(one));
    }
    for (auto const& why : set->left_out) {
        CHECK(why.find("is left out: its '") != std::string::npos);
        text += '-';
    }
    return text;
}

} // namespace

TEST_SUITE("server/access/jwt")
{
    TEST_CASE("JWKS · each entry becomes a key, is left out, or is a fault that names it")
    {
        for (auto const& row : jwks_rows()) {
            CAPTURE(row.name);
            auto const result = result_of(parse_jwks(R"({"keys":[)" + row.entries + "]}"));
            CAPTURE(result);
            if (*row.result == '!') {
                CHECK(result.find(row.result + 1) != std::string::npos);
            } else {
                CHECK(result == row.result);
            }
        }
        auto const two = parse_jwks(R"({"keys":[{)" + ec256 + R"(,"kid":"a"},{)" + ed + R"(}],"other":1})");
        REQUIRE(two.has_value());
        CHECK(two->keys[0].id == "a");
        CHECK_FALSE(two->keys[1].id.has_value());
    }

    TEST_CASE("JWKS · what is no set is refused")
    {
        for (std::string const text :
             {"", "[]", "{}", R"({"keys":{}})", R"({"keys":null})", R"({"keys":[]}x)", R"({"keys":[],"keys":[]})"}) {
            CAPTURE(text);
            CHECK(parse_jwks(text).has_error());
        }
        std::string many;
        for (int i = 0; i != 101; ++i) {
            many += (many.empty() ? "{" : ",{") + ed + '}';
        }
        CHECK(result_of(parse_jwks(R"({"keys":[)" + many + "]}")).find("more than 100") != std::string::npos);
        many.resize(many.rfind(",{"));
        CHECK(parse_jwks(R"({"keys":[)" + many + "]}")->keys.size() == 100);
    }
}
