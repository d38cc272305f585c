// What tokens grant, as they are read and as they are made.
#include "keys.hpp"

#include <access/jwt/mint.hpp>
#include <access/jwt/verify.hpp>
#include <fmt/format.h>

using namespace sluice::server::jwt;
using namespace sluice::server::jwt::testing;

namespace {

std::string text_of(std::vector<matcher> const& matchers)
{
    static constexpr std::string_view kinds[] = {"exact", "pattern", "template", "everything"};
    std::string text;
    for (auto const& one : matchers) {
        text += fmt::format("{}({})", kinds[static_cast<std::size_t>(one.kind)], one.text);
        text += one.payload ? "=" + *one.payload : "";
    }
    return text;
}

token_grant grant_of(std::string_view payload, std::string_view typ = "at+jwt")
{
    auto const header = fmt::format(R"({{"alg":"HS256","typ":"{}"}})", typ);
    auto const token = token_of(header, payload, *find_algorithm("HS256"), signing("secret"));
    auto grant = verify(token, all_keys(), {}, token_time);
    REQUIRE(grant.has_value());
    return *grant;
}

} // namespace

TEST_SUITE("server/access/jwt")
{
    TEST_CASE("grant · of Mercure 0.x: matchers are a star, templates and topics")
    {
        auto const grant = grant_of(R"({"mercure":{"publish":["*"],"subscribe":["a","books/{id}","/:room"],)"
                                    R"("payload":{"user":[1,"x"]}},"sub":"alice","jti":"t1","iat":1799999990,)"
                                    R"("exp":1800003600.5})");
        CHECK(grant.dialect == dialect::v0);
        CHECK(text_of(grant.publish) == "everything()");
        CHECK(text_of(grant.subscribe) == "exact(a)template(books/{id})exact(/:room)");
        REQUIRE(grant.payload != nullptr);
        CHECK(*grant.payload == R"({"user":[1,"x"]})");
        CHECK(grant.subject == "alice");
        CHECK(grant.token_id == "t1");
        CHECK(grant.issued == token_time - std::chrono::seconds{10});
        CHECK(grant.expires == token_time + std::chrono::hours{1});
    }

    TEST_CASE("grant · of Mercure 0.x: the namespaced claim wins, and no claim grants nothing")
    {
        auto const both =
            grant_of(R"({"mercure":{"publish":["a"]},"https://mercure.rocks/":{"subscribe":["b"]}})", "JWT");
        CHECK(both.publish.empty());
        CHECK(text_of(both.subscribe) == "exact(b)");
        auto const none = grant_of("{}");
        CHECK(none.publish.empty());
        CHECK(none.subscribe.empty());
        CHECK(none.payload == nullptr);
        CHECK_FALSE(none.expires.has_value());
        CHECK(grant_of(R"({"mercure":{"payload":null}})").payload == nullptr);
    }

    TEST_CASE("grant · of Mercure 1.0: entries of its type decide alone, each with its payload")
    {
        auto const grant = grant_of(
            R"({"mercure":{"publish":["*"],"payload":1},"authorization_details":[{"type":"tenant","topics":"acme"},)"
            R"({"type":"https://mercure.rocks/authorization-detail","actions":["subscribe","publish","x"],)"
            R"("topics":[{"match":"a"},{"match":"/b/:id","match_type":"urlpattern"}],"payload":{"n":1}},)"
            R"({"type":"https://mercure.rocks/authorization-detail","actions":["subscribe"],)"
            R"("topics":[{"match":"*","match_type":"urlpattern"},{"match":"{c}","match_type":"exact"}]}]})");
        CHECK(grant.dialect == dialect::v1);
        CHECK(text_of(grant.publish) == "exact(a)pattern(/b/:id)");
        CHECK(text_of(grant.subscribe) == R"(exact(a)={"n":1}pattern(/b/:id)={"n":1}everything()exact({c}))");
        CHECK(grant.payload == nullptr);
    }

    TEST_CASE("grant · entries of other types leave the decision to the claim")
    {
        auto const grant =
            grant_of(R"({"mercure":{"publish":["a"]},"authorization_details":[{"type":"tenant"}]})", "JWT");
        CHECK(grant.dialect == dialect::v0);
        CHECK(text_of(grant.publish) == "exact(a)");
    }

    TEST_CASE("mint · what is made is verified, by every algorithm and in both dialects")
    {
        using enum matcher_kind;
        for (auto const& with : algorithms) {
            CAPTURE(with.name);
            auto const files = pair_for(with);
            std::vector const keys{verifying(files.verifying)};
            for (auto const form : {dialect::v0, dialect::v1}) {
                auto const special = form == dialect::v0 ? uri_template : url_pattern;
                minted_claims wanted{.grant = {.dialect = form,
                                               .subject = "alice \"\n",
                                               .token_id = "t1",
                                               .subscribe = {{.text = "a"}, {.kind = special, .text = "/b/{c}"}},
                                               .publish = {{.kind = everything}},
                                               .payload = nullptr,
                                               .issued = token_time,
                                               .expires = token_time + std::chrono::hours{1}},
                                     .issuer = "joe",
                                     .audience = "hub"};
                auto const token = mint(wanted, with, signing(files.signing));
                auto const grant =
                    verify(token, keys, {.issuer = "joe", .audiences = {"hub"}, .require_exp = true}, token_time);
                REQUIRE(grant.has_value());
                CHECK(grant->dialect == form);
                CHECK(grant->subject == wanted.grant.subject);
                CHECK(grant->token_id == "t1");
                CHECK(text_of(grant->subscribe) == text_of(wanted.grant.subscribe));
                CHECK(text_of(grant->publish) == "everything()");
                CHECK(grant->issued == wanted.grant.issued);
                CHECK(grant->expires == wanted.grant.expires);
            }
        }
    }
}
