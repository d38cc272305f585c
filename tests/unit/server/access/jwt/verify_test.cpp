// Tokens, good and bad, and the check that each of them fails.
#include <access/jwt/verify.hpp>

#include "keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

using namespace sluice::server::jwt;
using namespace sluice::server::jwt::testing;

namespace {

/// `token_time`, as claims have it.
constexpr std::int64_t now_claim = token_time.time_since_epoch().count();

struct token_row {
    std::string name;
    std::string token;
    std::optional<refusal> expected{}; ///< nothing: it is good
    claim_rules rules{};
    std::optional<std::vector<key>> keys{}; ///< nothing: one of each kind
};

using rows = std::vector<token_row>;

std::string header_for(algorithm const& with) { return fmt::format(R"({{"alg":"{}"}})", with.name); }

algorithm const& algorithm_of(std::string_view name)
{
    auto const* const found = find_algorithm(name);
    REQUIRE(found != nullptr);
    return *found;
}

/// Signed by the algorithm's own key.
std::string with_header(std::string_view header, std::string_view payload = "{}", std::string_view alg = "HS256")
{
    auto const& with = algorithm_of(alg);
    return token_of(header, payload, with, signing(pair_for(with).signing));
}

std::string with_payload(std::string_view payload) { return with_header(R"({"alg":"HS256"})", payload); }

std::string access_token(std::string_view details)
{
    return with_header(R"({"alg":"HS256","typ":"at+jwt"})", fmt::format(R"({{"authorization_details":{}}})", details));
}

/// `header.payload` and a signature that is given in bytes.
std::string with_signature(std::string_view header, std::string_view signature)
{
    return encode_base64url(header) + ".e30." + encode_base64url(signature);
}

std::string in_arrays(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

rows form_rows()
{
    using enum refusal;
    auto const good = with_payload("{}");
    auto const signature = good.substr(good.rfind('.') + 1);
    auto const head = good.substr(0, good.find('.'));
    auto const padding_for = [](std::size_t size) {
        return with_payload(fmt::format(R"({{"a":"{}"}})", std::string(size, 'x')));
    };
    return {
        {"form · a good one", good},
        {"form · nothing", "", not_three_parts},
        {"form · a static token", "secret", not_three_parts},
        {"form · two parts", head + ".e30", not_three_parts},
        {"form · four parts", good + ".e30", not_three_parts},
        {"form · encrypted", good + ".e30.e30", encrypted},
        {"form · nearly too large", padding_for(12'180)},
        {"form · too large", padding_for(12'300), too_large},
        {"form · far too large", good + std::string(1'000'000, 'A'), too_large},
        {"form · a header with padding", head + "=.e30." + signature, header_encoding},
        {"form · an empty header", ".e30." + signature, header_not_json},
        {"form · a header that is no JSON", with_header("{alg:1}"), header_not_json},
        {"form · a header that is an array", with_header(R"(["HS256"])"), header_not_json},
        {"form · a header and more", with_header(R"({"alg":"HS256"}{})"), header_not_json},
        {"form · a header that is no UTF-8", with_header("{\"alg\":\"HS256\",\"a\":\"\xff\"}"), header_not_json},
        {"form · a header with alg twice", with_header(R"({"alg":"none","alg":"HS256"})"), header_duplicate},
        {"form · a header with alg twice, one escaped", with_header(R"({"alg":"HS256","\u0061lg":"none"})"),
         header_duplicate},
        {"form · a deep header", with_header(R"({"alg":"HS256","a":)" + in_arrays(16) + "}"), header_too_deep},
        {"form · a header that is not quite too deep", with_header(R"({"alg":"HS256","a":)" + in_arrays(15) + "}")},
        {"form · a payload with padding", head + ".e30=." + signature, payload_encoding},
        {"form · a payload with a line end", head + ".e30\n." + signature, payload_encoding},
        {"form · a payload with left-over bits", head + ".e31." + signature, payload_encoding},
        {"form · a payload in plain base64", head + ".e30+." + signature, payload_encoding},
        {"form · a signature with padding", good + "=", signature_encoding},
        {"form · a signature with left-over bits", good.substr(0, good.size() - 1) + "B", signature_encoding},
        {"form · an empty payload", with_payload(""), payload_not_json},
        {"form · a payload that is an array", with_payload("[]"), payload_not_json},
        {"form · a payload that is text", with_payload("\"{}\""), payload_not_json},
        {"form · a payload with NaN", with_payload(R"({"exp":NaN})"), payload_not_json},
        {"form · a payload with exp twice", with_payload(R"({"exp":1,"exp":9999999999})"), payload_duplicate},
        {"form · a payload with a member twice inside", with_payload(R"({"mercure":{"publish":[],"publish":["*"]}})"),
         payload_duplicate},
        {"form · a member twice, deep in an array", with_payload(R"({"a":[[{"b":1,"c":2,"b":3}]]})"),
         payload_duplicate},
        {"form · a deep payload", with_payload(R"({"a":)" + in_arrays(16) + "}"), payload_too_deep},
        {"form · a very deep payload", with_payload(R"({"a":)" + in_arrays(6000) + "}"), payload_too_deep},
        {"form · a payload that is not quite too deep", with_payload(R"({"a":)" + in_arrays(15) + "}")},
    };
}

rows header_rows()
{
    using enum refusal;
    auto const unsigned_token = [](std::string const& alg) {
        return encode_base64url(fmt::format(R"({{"alg":"{}"}})", alg)) + ".e30.";
    };
    return {
        {"header · no alg", with_header("{}"), algorithm_missing},
        {"header · alg is null", with_header(R"({"alg":null})"), algorithm_missing},
        {"header · alg is an array", with_header(R"({"alg":["HS256"]})"), algorithm_missing},
        {"header · none, unsigned", unsigned_token("none"), algorithm_none},
        {"header · None, unsigned", unsigned_token("None"), algorithm_none},
        {"header · nOnE, unsigned", unsigned_token("nOnE"), algorithm_none},
        {"header · none, signed", with_header(R"({"alg":"none"})"), algorithm_none},
        {"header · alg is empty", with_header(R"({"alg":""})"), algorithm_unknown},
        {"header · alg in small letters", with_header(R"({"alg":"hs256"})"), algorithm_unknown},
        {"header · alg with a NUL", with_header("{\"alg\":\"HS256\\u0000\"}"), algorithm_unknown},
        {"header · HS1", with_header(R"({"alg":"HS1"})"), algorithm_unknown},
        {"header · ES256K", with_header(R"({"alg":"ES256K"})"), algorithm_unknown},
        {"header · crit with an extension", with_header(R"({"alg":"HS256","crit":["b64"],"b64":false})"), critical},
        {"header · crit, empty", with_header(R"({"alg":"HS256","crit":[]})"), critical},
        {"header · crit is null", with_header(R"({"alg":"HS256","crit":null})"), critical},
        {"header · kid is a number", with_header(R"({"alg":"HS256","kid":1})"), header_member},
        {"header · typ is a number", with_header(R"({"alg":"HS256","typ":1})"), header_member},
        {"header · any kid, which keys of files do not care for", with_header(R"({"alg":"HS256","kid":"../../x"})")},
        {"header · a key of its own is not taken",
         with_header(R"({"alg":"ES256","jwk":{"kty":"EC","crv":"P-256"},"jku":"https://a.example/"})", "{}", "ES256"),
         algorithm_not_permitted,
         {},
         std::vector{verifying("secret")}},
        {"header · empty signature", with_header(R"({"alg":"HS256"})").substr(0, 24) + ".", signature_missing},
    };
}

/// For each algorithm: its own key; the token changed; another key of its kind or none.
rows algorithm_rows()
{
    using enum refusal;
    rows all;
    for (auto const& with : algorithms) {
        std::string const name{with.name};
        auto const token = with_header(header_for(with), "{}", name);
        auto const own = std::vector{verifying(pair_for(with).verifying)};
        auto const has_other = [&](key const& one) { return !one.permits(with); };
        std::vector<key> others;
        std::ranges::copy_if(all_keys(), std::back_inserter(others), has_other);
        auto const dot = token.rfind('.');
        auto const signature = *decode_base64url(std::string_view{token}.substr(dot + 1));
        auto changed = signature;
        changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 0x10);
        auto const shorter = signature.substr(0, signature.size() - 1);
        auto const longer = signature + '\0';
        auto const head = token.substr(0, dot + 1);
        auto const if_short = with.family == family::ecdsa ? signature_form : signature_wrong;
        all.push_back({name + " · its own key", token, {}, {}, own});
        all.push_back({name + " · among all keys", token});
        all.push_back({name + " · keys of all other kinds", token, algorithm_not_permitted, {}, others});
        all.push_back({name + " · no key", token, no_key, {}, std::vector<key>{}});
        all.push_back({name + " · another signature", head + encode_base64url(changed), signature_wrong});
        all.push_back({name + " · a shorter signature", head + encode_base64url(shorter), if_short});
        all.push_back({name + " · one byte more", head + encode_base64url(longer), if_short});
        auto const other_payload = fmt::format("{}.eyJhIjoxfQ{}", head.substr(0, head.find('.')), token.substr(dot));
        all.push_back({name + " · another payload", other_payload, signature_wrong});
    }
    return all;
}

/// A signature r and s of P-256 in DER, as OpenSSL makes it: 30 len 02 len r 02 len s.
std::string in_der(std::string_view raw)
{
    std::string der;
    for (auto const part : {raw.substr(0, 32), raw.substr(32)}) {
        // A number whose first bit is set would be negative.
        bool const padded = part.front() < 0;
        der += '\x02';
        der += static_cast<char>(part.size() + (padded ? 1 : 0));
        der.append(padded ? 1 : 0, '\0').append(part);
    }
    return '\x30' + std::string(1, static_cast<char>(der.size())) + der;
}

rows confusion_rows()
{
    using enum refusal;
    auto const es256 = header_for(algorithm_of("ES256"));
    auto const hs256 = header_for(algorithm_of("HS256"));
    auto const good = with_header(es256, "{}", "ES256");
    auto const raw = *decode_base64url(good.substr(good.rfind('.') + 1));
    std::string const zero(32, '\0');
    std::string const one = std::string(31, '\0') + '\x01';
    // The order of P-256.
    std::string const order = "\xff\xff\xff\xff" + std::string(4, '\0') + std::string(8, '\xff') +
                              "\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";
    auto const pem = key_text("rsa.public.pem");
    key const pem_as_secret{.kind = key_kind::secret, .bits = pem.size() * 8, .secret = pem};
    auto const rsa = std::vector{verifying("rsa.public.pem")};
    auto const p256 = std::vector{verifying("p256.public.pem")};
    auto const by_pem = token_of(hs256, "{}", algorithm_of("HS256"), pem_as_secret);
    auto const by_other = token_of(es256, "{}", algorithm_of("ES256"), signing("other_p256.private.pem"));
    auto other_secret = std::vector{*make_secret(std::string(64, 'x'))};
    return {
        {"confusion · an RSA key's PEM as the secret", by_pem, algorithm_not_permitted, {}, rsa},
        {"confusion · the same beside a true secret", by_pem, signature_wrong},
        {"confusion · an RS256 token that says PS256",
         token_of(header_for(algorithm_of("PS256")), "{}", algorithm_of("RS256"), signing("rsa.private.pem")),
         signature_wrong},
        {"confusion · an RS256 token that says RS512",
         token_of(header_for(algorithm_of("RS512")), "{}", algorithm_of("RS256"), signing("rsa.private.pem")),
         signature_wrong},
        {"confusion · an HS512 token that says HS256", token_of(hs256, "{}", algorithm_of("HS512"), signing("secret")),
         signature_wrong},
        {"confusion · HS256 with a secret that is too short for HS512",
         with_header(R"({"alg":"HS512"})", "{}", "HS512"),
         algorithm_not_permitted,
         {},
         std::vector{*make_secret(std::string(63, 's'))}},
        {"confusion · another secret", with_payload("{}"), signature_wrong, {}, other_secret},
        {"confusion · another key of the same curve", by_other, signature_wrong, {}, p256},
        {"ECDSA · DER", with_signature(es256, in_der(raw)), signature_form, {}, p256},
        {"ECDSA · DER of 64 bytes", with_signature(es256, in_der(raw).substr(0, 64)), signature_wrong, {}, p256},
        {"ECDSA · zeros", with_signature(es256, zero + zero), signature_form, {}, p256},
        {"ECDSA · r is zero", with_signature(es256, zero + raw.substr(32)), signature_form, {}, p256},
        {"ECDSA · s is zero", with_signature(es256, raw.substr(0, 32) + zero), signature_form, {}, p256},
        {"ECDSA · r and s are 1", with_signature(es256, one + one), signature_wrong, {}, p256},
        {"ECDSA · r and s are the order", with_signature(es256, order + order), signature_wrong, {}, p256},
        {"ECDSA · r and s are all ones", with_signature(es256, std::string(64, '\xff')), signature_wrong, {}, p256},
        {"EdDSA · zeros", with_signature(header_for(algorithm_of("EdDSA")), std::string(64, '\0')), signature_wrong},
        {"RSA · zeros", with_signature(header_for(algorithm_of("RS256")), std::string(256, '\0')), signature_wrong},
        {"RSA · 1", with_signature(header_for(algorithm_of("PS256")), std::string(255, '\0') + '\x01'),
         signature_wrong},
        {"HMAC · zeros", with_signature(hs256, std::string(32, '\0')), signature_wrong},
    };
}

rows time_rows()
{
    using enum refusal;
    auto const at = [](char const* claim, std::int64_t time) {
        return with_payload(fmt::format(R"({{"{}":{}}})", claim, time));
    };
    auto const text = [](char const* claim, char const* value) {
        return with_payload(fmt::format(R"({{"{}":{}}})", claim, value));
    };
    claim_rules const strict{.leeway = std::chrono::seconds{0}, .require_exp = true};
    return {
        {"exp · in an hour", at("exp", now_claim + 3600)},
        {"exp · now, within the leeway", at("exp", now_claim)},
        {"exp · ago by a second less than the leeway", at("exp", now_claim - 29)},
        {"exp · ago by the leeway", at("exp", now_claim - 30), expired},
        {"exp · ago by the leeway and a second", at("exp", now_claim - 31), expired},
        {"exp · in a second, without leeway", at("exp", now_claim + 1), {}, strict},
        {"exp · now, without leeway", at("exp", now_claim), expired, strict},
        {"exp · none", with_payload("{}")},
        {"exp · none, but required", with_payload("{}"), exp_missing, strict},
        {"exp · with a fraction, as some libraries write it", text("exp", "1800000000.999")},
        {"exp · a fraction does not prolong it", text("exp", "1800000000.999"), expired, strict},
        {"exp · with an exponent", text("exp", "1.9e9"), {}, strict},
        {"exp · 0", at("exp", 0), expired},
        {"exp · in milliseconds, which is late", at("exp", now_claim * 1000)},
        {"exp · beyond all numbers", text("exp", "1e400"), exp_form},
        {"exp · larger than a double counts", text("exp", "9007199254740994"), exp_form},
        {"exp · larger than 64 bits", text("exp", "99999999999999999999"), exp_form},
        {"exp · negative", at("exp", -1), exp_form},
        {"exp · text", text("exp", "\"1900000000\""), exp_form},
        {"exp · null", text("exp", "null"), exp_form},
        {"exp · true", text("exp", "true"), exp_form},
        {"nbf · ago", at("nbf", now_claim - 1)},
        {"nbf · in the leeway", at("nbf", now_claim + 30)},
        {"nbf · in the leeway and a second", at("nbf", now_claim + 31), not_yet_valid},
        {"nbf · in a second, without leeway",
         with_payload(fmt::format(R"({{"nbf":{},"exp":{}}})", now_claim + 1, now_claim + 9)), not_yet_valid, strict},
        {"nbf · text", text("nbf", "\"0\""), nbf_form},
        {"iat · later than now", at("iat", now_claim + 999)},
        {"iat · text", text("iat", "\"0\""), iat_form},
    };
}

rows name_rows()
{
    using enum refusal;
    claim_rules const a{.audiences = {"a", "b"}};
    claim_rules const joe{.issuer = "joe"};
    auto const p = [](std::string_view payload) { return with_payload(payload); };
    return {
        {"aud · text", p(R"({"aud":"b"})"), {}, a},
        {"aud · an array", p(R"({"aud":["x","a"]})"), {}, a},
        {"aud · another", p(R"({"aud":"x"})"), aud_other, a},
        {"aud · other case", p(R"({"aud":"A"})"), aud_other, a},
        {"aud · an empty array", p(R"({"aud":[]})"), aud_other, a},
        {"aud · an array of others", p(R"({"aud":["x","y"]})"), aud_other, a},
        {"aud · the two in one text", p(R"({"aud":"a b"})"), aud_other, a},
        {"aud · none", p("{}"), aud_missing, a},
        {"aud · an array with a number", p(R"({"aud":["a",1]})"), aud_form, a},
        {"aud · an object", p(R"({"aud":{"a":1}})"), aud_form, a},
        {"aud · null", p(R"({"aud":null})"), aud_form, a},
        {"aud · any, where none is required", p(R"({"aud":"x"})")},
        {"aud · a number, where none is required", p(R"({"aud":1})"), aud_form},
        {"iss · the one", p(R"({"iss":"joe"})"), {}, joe},
        {"iss · another", p(R"({"iss":"joe "})"), iss_other, joe},
        {"iss · none", p("{}"), iss_missing, joe},
        {"iss · an array", p(R"({"iss":["joe"]})"), iss_form, joe},
        {"iss · any, where none is required", p(R"({"iss":"x"})")},
        {"sub · a number", p(R"({"sub":1})"), sub_form},
        {"jti · a number", p(R"({"jti":1})"), jti_form},
    };
}

std::string detail(std::string_view topics, std::string_view actions = R"(["subscribe"])")
{
    return fmt::format(R"([{{"type":"https://mercure.rocks/authorization-detail","actions":{},"topics":{}}}])", actions,
                       topics);
}

std::string many_selectors(int number)
{
    std::string list = R"({"mercure":{"publish":["a")";
    for (int i = 1; i != number; ++i) {
        list += R"(,"a")";
    }
    return list + "]}}";
}

rows rights_rows()
{
    using enum refusal;
    auto const p = [](std::string_view payload) { return with_payload(payload); };
    auto const good = fmt::format(R"({{"authorization_details":{}}})", detail(R"([{"match":"a"}])"));
    std::string const foreign = R"([{"type":"tenant","topics":"acme","actions":{"read":true}}])";
    return {
        {"mercure · both lists", p(R"({"mercure":{"publish":["*"],"subscribe":["a","b/{c}"]}})")},
        {"mercure · null", p(R"({"mercure":null})")},
        {"mercure · null lists", p(R"({"mercure":{"publish":null}})")},
        {"mercure · an array", p(R"({"mercure":["*"]})"), mercure_form},
        {"mercure · a list that is text", p(R"({"mercure":{"publish":"*"}})"), mercure_list},
        {"mercure · a list with a number", p(R"({"mercure":{"subscribe":["a",1]}})"), mercure_list},
        {"mercure · the other name", p(R"({"https://mercure.rocks/":{"publish":1}})"), mercure_list},
        {"mercure · 1000 matchers", p(many_selectors(1000))},
        {"mercure · 1001 matchers", p(many_selectors(1001)), too_many_matchers},
        {"details · at+jwt", access_token(detail(R"([{"match":"a"}])"))},
        {"details · application/AT+JWT", with_header(R"({"alg":"HS256","typ":"application/AT+JWT"})", good)},
        {"details · typ is JWT", with_header(R"({"alg":"HS256","typ":"JWT"})", good), details_type},
        {"details · no typ", p(good), details_type},
        {"details · of another server, without typ", p(fmt::format(R"({{"authorization_details":{}}})", foreign))},
        {"details · an object", access_token("{}"), details_form},
        {"details · an entry that is text", access_token(R"(["a"])"), details_form},
        {"details · an entry without a type", access_token(R"([{"actions":["publish"]}])"), details_form},
        {"details · no actions", access_token(detail(R"([{"match":"a"}])", "[]")), details_actions},
        {"details · an action that is a number", access_token(detail(R"([{"match":"a"}])", "[1]")), details_actions},
        {"details · unknown actions", access_token(detail(R"([{"match":"a"}])", R"(["listen"])"))},
        {"details · no topics", access_token(detail("[]")), details_topics},
        {"details · a topic that is text", access_token(detail(R"(["a"])")), details_topics},
        {"details · a topic that is null", access_token(detail("[null]")), details_topics},
        {"details · no match", access_token(detail(R"([{"match_type":"exact"}])")), details_match},
        {"details · an empty match", access_token(detail(R"([{"match":""}])")), details_match},
        {"details · a match that is a number", access_token(detail(R"([{"match":1}])")), details_match},
        {"details · an unknown type of match", access_token(detail(R"([{"match":"a","match_type":"regexp"}])")),
         details_match_type},
        {"details · a type of match in capitals", access_token(detail(R"([{"match":"a","match_type":"Exact"}])")),
         details_match_type},
        {"details · a bad entry behind a good one", access_token(detail(R"([{"match":"a"},{"match":2}])")),
         details_match},
    };
}

void check_all(rows const& all)
{
    auto const usual = all_keys();
    for (auto const& one : all) {
        CAPTURE(one.name);
        auto const& keys = one.keys ? *one.keys : usual;
        auto const result = verify(one.token, keys, one.rules, token_time);
        auto const failed = failed_checks(one.token, keys, one.rules, token_time);
        if (!one.expected) {
            CHECK_MESSAGE(result.has_value(), to_text(result.error()));
            CHECK(failed.empty());
            continue;
        }
        REQUIRE(result.has_error());
        CHECK_MESSAGE(result.error() == *one.expected, to_text(result.error()));
        REQUIRE_FALSE(failed.empty());
        CHECK(failed.front() == *one.expected);
    }
}

} // namespace

TEST_SUITE("server/access/jwt")
{
    TEST_CASE("verify · what the form of a token must be") { check_all(form_rows()); }
    TEST_CASE("verify · what the header must say") { check_all(header_rows()); }
    TEST_CASE("verify · every algorithm takes its own key and signature alone") { check_all(algorithm_rows()); }
    TEST_CASE("verify · no key serves another algorithm, no other signature passes") { check_all(confusion_rows()); }
    TEST_CASE("verify · times, with and without leeway") { check_all(time_rows()); }
    TEST_CASE("verify · issuer, audience, subject and id") { check_all(name_rows()); }
    TEST_CASE("verify · the claims about topics") { check_all(rights_rows()); }

    TEST_CASE("verify · a key with an id is tried for tokens with that id, or without one")
    {
        auto named = verifying("secret");
        named.id = "a";
        std::vector const keys{named};
        auto const with_id = [](std::string_view id) {
            return with_header(fmt::format(R"({{"alg":"HS256","kid":"{}"}})", id));
        };
        CHECK(verify(with_id("a"), keys, {}, token_time).has_value());
        CHECK(verify(with_payload("{}"), keys, {}, token_time).has_value());
        CHECK(verify(with_id("b"), keys, {}, token_time).error() == refusal::unknown_key);
        std::vector const both{named, verifying("secret")};
        CHECK(verify(with_id("b"), both, {}, token_time).has_value());
        // The keys without an id that fail do not hide that the sets lack one.
        std::vector const others{named, verifying("p256.public.pem"), *make_secret(std::string(64, 'x'))};
        CHECK(verify(with_id("b"), others, {}, token_time).error() == refusal::unknown_key);
        CHECK(verify(with_id("b"), std::vector{others[2]}, {}, token_time).error() == refusal::signature_wrong);
        CHECK(verify(with_header(R"({"alg":"RS256","kid":"a"})", "{}", "RS256"), others, {}, token_time).error() ==
              refusal::algorithm_not_permitted);
    }

    TEST_CASE("failed checks · all of them, in order")
    {
        auto const token = with_payload(R"({"exp":1,"nbf":1900000000,"iss":"x","aud":"x","sub":1,"mercure":1})");
        claim_rules const rules{.issuer = "joe", .audiences = {"a"}};
        using enum refusal;
        CHECK(
            failed_checks(token, std::vector{verifying("p256.public.pem")}, rules, token_time) ==
            std::vector{algorithm_not_permitted, expired, not_yet_valid, iss_other, aud_other, sub_form, mercure_form});
        CHECK(verify(token, all_keys(), rules, token_time).error() == expired);
    }

    TEST_CASE("refusal · each has a text of its own, in one line")
    {
        std::vector<std::string_view> texts;
        for (int i = 0; i <= static_cast<int>(refusal::too_many_matchers); ++i) {
            auto const text = to_text(static_cast<refusal>(i));
            CAPTURE(i);
            CHECK_FALSE(text.empty());
            CHECK(text.find('\n') == std::string_view::npos);
            CHECK(std::ranges::find(texts, text) == texts.end());
            texts.push_back(text);
        }
    }
}
