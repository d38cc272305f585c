// Verdicts that are remembered.
#include <access/jwt/verifier.hpp>

#include "keys.hpp"

#include <fmt/format.h>

using namespace sluice::server::jwt;
using namespace sluice::server::jwt::testing;

namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;
constexpr std::size_t plenty = std::size_t{1} << 20U;

std::string token_with(std::string_view payload)
{
    return token_of(R"({"alg":"HS256"})", payload, *find_algorithm("HS256"), signing("secret"));
}

std::shared_ptr<trust const> trust_in(std::vector<key> keys)
{
    return std::make_shared<trust const>(trust{.keys = std::move(keys), .rules = {}});
}

token_digest digest(unsigned char first)
{
    token_digest made{};
    made.front() = first;
    return made;
}

token_grant grant_with(std::size_t text)
{
    token_grant grant;
    grant.publish.push_back({.text = std::string(text, 'x')});
    return grant;
}

} // namespace

TEST_SUITE("server/access/jwt")
{
    TEST_CASE("verifier · a token that comes again has the same grant, until it expires")
    {
        verifier of{trust_in(all_keys()), plenty};
        auto const token = token_with(R"({"sub":"alice","exp":1800000100})");
        auto const first = of.verify(token, token_time);
        REQUIRE(first.has_value());
        CHECK((*first)->subject == "alice");
        CHECK(of.remembered() == 1);
        auto const again = of.verify(token, token_time + seconds{129});
        REQUIRE(again.has_value());
        CHECK(again->get() == first->get());
        CHECK(of.verify(token, token_time + seconds{130}).error() == refusal::expired);
        CHECK(of.remembered() == 0);
        CHECK(of.verify(token, token_time + seconds{130}).error() == refusal::expired);
        CHECK((*first)->subject == "alice");
    }

    TEST_CASE("verifier · another signature of the same claims is another token")
    {
        verifier of{trust_in(all_keys()), plenty};
        auto token = token_with("{}");
        REQUIRE(of.verify(token, token_time).has_value());
        auto& in_signature = token[token.size() - 5];
        in_signature = in_signature == 'A' ? 'B' : 'A';
        CHECK(of.verify(token, token_time).error() == refusal::signature_wrong);
    }

    TEST_CASE("verifier · refused tokens are not remembered")
    {
        verifier of{trust_in({verifying("p256.public.pem")}), plenty};
        auto const token = token_with("{}");
        CHECK(of.verify(token, token_time).error() == refusal::algorithm_not_permitted);
        CHECK(of.verify("secret", token_time).error() == refusal::not_three_parts);
        CHECK(of.verify(std::string(20'000, 'x'), token_time).error() == refusal::too_large);
        CHECK(of.remembered() == 0);
        CHECK(of.verify(token_with(R"({"nbf":1800000040})"), token_time).error() == refusal::algorithm_not_permitted);
        of.renew(trust_in(all_keys()));
        // Not valid yet is no verdict for good.
        auto const later = token_with(R"({"nbf":1800000040})");
        CHECK(of.verify(later, token_time).error() == refusal::not_yet_valid);
        CHECK(of.verify(later, token_time + seconds{10}).has_value());
    }

    TEST_CASE("verifier · other keys forget all verdicts")
    {
        verifier of{trust_in(all_keys()), plenty};
        auto const token = token_with("{}");
        REQUIRE(of.verify(token, token_time).has_value());
        of.renew(trust_in({verifying("rsa.public.pem")}));
        CHECK(of.remembered() == 0);
        CHECK(of.verify(token, token_time).error() == refusal::algorithm_not_permitted);
    }

    TEST_CASE("revocations · a subject's older tokens and those that do not say, and single tokens, for some time")
    {
        using std::chrono::hours;
        using std::chrono::milliseconds;
        revocations revoked;
        revocations::clock::time_point const moment{token_time + milliseconds{500}};
        auto const token = [](std::string subject, std::string id, std::optional<sys_seconds> issued) {
            token_grant made;
            made.subject = std::move(subject);
            made.token_id = std::move(id);
            made.issued = issued;
            return made;
        };
        CHECK_FALSE(revoked.concern(token("alice", "1", {}), moment));
        revoked.revoke_subject("alice", moment, hours{1});
        revoked.revoke_token("7", moment, hours{2});
        CHECK(revoked.concern(token("alice", "1", {}), moment));
        CHECK(revoked.concern(token("alice", "1", token_time), moment));
        CHECK_FALSE(revoked.concern(token("alice", "1", token_time + seconds{1}), moment));
        CHECK_FALSE(revoked.concern(token("bob", "1", token_time), moment));
        CHECK_FALSE(revoked.concern(token("", "", {}), moment));
        CHECK(revoked.concern(token("bob", "7", token_time + seconds{100}), moment));
        CHECK_FALSE(revoked.concern(token("alice", "1", token_time), moment + hours{1}));
        CHECK(revoked.concern(token("", "7", {}), moment + hours{1}));
        // What is over is forgotten with the next one; a later revocation of the same counts.
        CHECK(revoked.size() == 2);
        revoked.revoke_token("7", moment + hours{1}, hours{2});
        CHECK(revoked.size() == 1);
        CHECK(revoked.concern(token("", "7", {}), moment + hours{2}));
    }

    TEST_CASE("verifier · a token that is revoked is refused, remembered or not")
    {
        verifier of{trust_in(all_keys()), plenty};
        revocations revoked;
        of.obey(revoked);
        auto const token = token_with(R"({"sub":"alice"})");
        REQUIRE(of.verify(token, token_time).has_value());
        revoked.revoke_subject("alice", revocations::clock::now(), std::chrono::hours{1});
        CHECK(of.verify(token, token_time).error() == refusal::revoked);
        CHECK(of.verify(token_with(R"({"sub":"alice","jti":"2"})"), token_time).error() == refusal::revoked);
    }

    TEST_CASE("verifier · what begins ends when the token expires, or behind the leeway that let it in")
    {
        verifier const of{trust_in({}), plenty};
        token_grant token;
        CHECK(of.end_of(token, token_time) == std::nullopt);
        token.expires = token_time + seconds{1};
        CHECK(of.end_of(token, token_time) == token_time + seconds{1});
        token.expires = token_time;
        CHECK(of.end_of(token, token_time) == token_time + seconds{30});
    }

    TEST_CASE("verdict cache · what was not asked for longest goes first, and the memory is bounded")
    {
        verdict_cache one{plenty};
        one.add(digest(0), grant_with(100));
        auto const each = one.bytes();
        CHECK(each > 100);
        verdict_cache cache{3 * each};
        for (unsigned char i = 0; i != 3; ++i) {
            cache.add(digest(i), grant_with(100));
        }
        CHECK(cache.size() == 3);
        CHECK(cache.bytes() == 3 * each);
        auto const kept = cache.find(digest(1));
        CHECK(cache.find(digest(0)) != nullptr);
        CHECK(cache.find(digest(2)) != nullptr);
        cache.add(digest(3), grant_with(100));
        CHECK(cache.size() == 3);
        CHECK(cache.find(digest(1)) == nullptr);
        CHECK(kept->publish.front().text.size() == 100); // whoever has it keeps it
        CHECK(cache.find(digest(0)) != nullptr);
        // The same token again takes its own place.
        cache.add(digest(0), grant_with(100));
        CHECK(cache.size() == 3);
        CHECK(cache.bytes() == 3 * each);
        // A large grant takes the place of several.
        cache.add(digest(4), grant_with(100 + each));
        CHECK(cache.size() == 2);
        CHECK(cache.find(digest(4)) != nullptr);
        CHECK(cache.find(digest(0)) != nullptr);
        cache.remove(digest(4));
        cache.remove(digest(4));
        CHECK(cache.bytes() == each);
        // One that is larger than all of it is not kept.
        cache.add(digest(5), grant_with(3 * each));
        CHECK(cache.size() == 0);
        CHECK(cache.bytes() == 0);
    }
}
