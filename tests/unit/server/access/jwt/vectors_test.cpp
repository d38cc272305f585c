// Tokens of the RFCs, which other people made.
#include "keys.hpp"

#include <access/jwt/jwks.hpp>
#include <access/jwt/verify.hpp>

using namespace sluice::server::jwt;

namespace {

constexpr std::chrono::sys_seconds in_2011{std::chrono::seconds{1'300'819'000}};

key key_of(std::string const& jwk)
{
    auto const set = parse_jwks(R"({"keys":[)" + jwk + "]}");
    REQUIRE(set.has_value());
    return set->keys.at(0);
}

struct vector_row {
    char const* name;
    char const* jwk;
    char const* token;
};

/// Of joe, with `exp` 1300819380.
constexpr vector_row tokens[] = {
    {"RFC 7515, A.1: HS256",
     R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})",
     "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
     "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS"
     "9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
    {"RFC 7515, A.3: ES256",
     R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
     R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
     "eyJhbGciOiJFUzI1NiJ9."
     "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
     ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"},
};

} // namespace

TEST_SUITE("server/access/jwt")
{
    TEST_CASE("verify · tokens of RFC 7515")
    {
        for (auto const& row : tokens) {
            CAPTURE(row.name);
            std::vector<key> const keys{key_of(row.jwk)};
            auto const grant = verify(row.token, keys, {.issuer = "joe"}, in_2011);
            REQUIRE(grant.has_value());
            CHECK(grant->expires == std::chrono::sys_seconds{std::chrono::seconds{1'300'819'380}});
            CHECK(grant->subscribe.empty());
        }
    }

    TEST_CASE("signature · RFC 8037, A.4: EdDSA")
    {
        auto const by = key_of(R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
        std::string const text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        auto signature =
            decode_base64url("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_"
                             "MuM0KAg");
        REQUIRE(signature.has_value());
        auto const& with = *find_algorithm("EdDSA");
        CHECK(verify_signature(with, by, text, *signature));
        signature->back() = static_cast<char>(signature->back() ^ 1);
        CHECK_FALSE(verify_signature(with, by, text, *signature));
    }
}
