#include <access/access.hpp>

#include <boost/beast/http/field.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace sluice::server;
using boost::beast::http::field;
using boost::beast::http::fields;
using sluice::cors_policy;

namespace {

fields with_authorization(std::vector<std::string> const& values)
{
    fields head;
    for (auto const& value : values) {
        head.insert(field::authorization, value);
    }
    return head;
}

struct credentials_row {
    char const* value;
    char const* token; ///< null: none
};

constexpr credentials_row credentials[] = {
    {"Bearer abc", "abc"},
    {"bearer abc", "abc"},
    {"BEARER abc", "abc"},
    {"Bearer   abc", "abc"},
    {"Bearer a b", "a b"},
    {"Bearer a=b==", "a=b=="},
    {"", nullptr},
    {"Bearer", nullptr},
    {"Bearer ", nullptr},
    {"abc", nullptr},
    {"Basic abc", nullptr},
    {"Bearer\tabc", nullptr},
    {"Bearerabc", nullptr},
    {" Bearer abc", nullptr},
    {"Bearers abc", nullptr},
    {"Bearer, abc", nullptr},
};

struct query_row {
    char const* query;
    char const* token; ///< null: none
};

constexpr query_row queries[] = {
    {"access_token=abc", "abc"},
    {"types=a&access_token=abc&session=x", "abc"},
    {"access_token=a%2Bb%3D", "a+b="},
    {"access_token=a+b", "a b"},
    {"access%5Ftoken=abc", "abc"},
    {"&&access_token=abc&", "abc"},
    {"broken=%zz&access_token=abc&%=x", "abc"},
    {"access_token=a=b", "a=b"},
    {"access_token=", ""},
    {"access_token", ""},
    {"", nullptr},
    {"types=a", nullptr},
    {"Access_Token=abc", nullptr},
    {"access_token=%zz", ""},
    {"access_token=%FF", ""},
    {"x=access_token=abc", nullptr},
    {"authorization=abc", "abc"},
    {"authorization=abc&access_token=def", "def"},
};

struct cookie_row {
    char const* name;
    std::vector<std::pair<std::string, std::string>> head;
    char const* for_stream;    ///< null: none
    char const* for_publisher; ///< null: none
};

std::string const in_cookie = "a=b; mercureAuthorization=abc";
std::string const own_page = "http://hub.example:8080/page?x=y";

std::vector<cookie_row> const cookies{
    {"nobody says whose page it is", {{"Cookie", in_cookie}}, "abc", nullptr},
    {"the other name", {{"Cookie", "__Secure-mercure_access_token=abc"}, {"Referer", own_page}}, "abc", "abc"},
    {"both names", {{"Cookie", "__Secure-mercure_access_token=x; " + in_cookie}, {"Referer", own_page}}, "abc", "abc"},
    {"the own origin", {{"Cookie", in_cookie}, {"Origin", "http://hub.example:8080"}}, "abc", "abc"},
    {"a listed origin", {{"Cookie", in_cookie}, {"Origin", "https://app.example"}}, "abc", "abc"},
    {"a foreign origin", {{"Cookie", in_cookie}, {"Origin", "https://evil.example"}}, nullptr, nullptr},
    {"a sandboxed page", {{"Cookie", in_cookie}, {"Origin", "null"}}, nullptr, nullptr},
    {"two origins",
     {{"Cookie", in_cookie}, {"Origin", "https://app.example"}, {"Origin", "https://app.example"}},
     nullptr,
     nullptr},
    {"the own page", {{"Cookie", in_cookie}, {"Referer", own_page}}, "abc", "abc"},
    {"a listed page", {{"Cookie", in_cookie}, {"Referer", "https://app.example/"}}, "abc", "abc"},
    {"a foreign page", {{"Cookie", in_cookie}, {"Referer", "https://evil.example/hub.example"}}, nullptr, nullptr},
    {"a page with the own name as its user",
     {{"Cookie", in_cookie}, {"Referer", "http://hub.example:8080@evil.example/"}},
     nullptr,
     nullptr},
    {"a page that is no address", {{"Cookie", in_cookie}, {"Referer", "page"}}, nullptr, nullptr},
    {"the origin wins over the page",
     {{"Cookie", in_cookie}, {"Origin", "https://evil.example"}, {"Referer", own_page}},
     nullptr,
     nullptr},
    {"another site", {{"Cookie", in_cookie}, {"Sec-Fetch-Site", "cross-site"}}, nullptr, nullptr},
    {"the header wins", {{"Cookie", in_cookie}, {"Authorization", "Bearer def"}}, "def", "def"},
    {"an empty cookie", {{"Cookie", "mercureAuthorization="}, {"Referer", own_page}}, nullptr, nullptr},
    {"another cookie", {{"Cookie", "xmercureAuthorization=abc"}, {"Referer", own_page}}, nullptr, nullptr},
};

cors_policy const listed_pages{{"https://app.example"}};

std::optional<std::string> token_at(fields const& head, std::string_view query, token_places where)
{
    auto const found = given_token(head, query, where, listed_pages);
    REQUIRE(found.has_value());
    return *found;
}

/// The token in the query of a stream.
std::optional<std::string> query_token(std::string_view query)
{
    return token_at({}, query, token_places::query_and_cookie);
}

access_policy with_tokens(std::string publish_token, std::string subscribe_token)
{
    return access_policy{{.publish_token = std::move(publish_token), .subscribe_token = std::move(subscribe_token)}};
}

/// By a policy that has no keys.
authentication authenticate(access_policy const& policy, sluice::server::access needed, fields const& head,
                            std::string_view query)
{
    jwt::verifier none{std::make_shared<jwt::trust const>(), 0};
    return policy.authenticate(needed, head, query, listed_pages, none);
}

/// The subject of a request that is let in.
std::string subject_of(authentication const& let_in)
{
    REQUIRE(let_in.has_value());
    return let_in->subject;
}

} // namespace

TEST_SUITE("server/access")
{
    TEST_CASE("same secret · whatever the lengths, and wherever they differ")
    {
        std::string const secret = "0123456789abcdef";
        CHECK(same_secret(secret, secret));
        for (std::size_t length = 0; length != 64; ++length) {
            CAPTURE(length);
            std::string repeated;
            for (std::size_t i = 0; i != length; ++i) {
                repeated += secret[i % secret.size()];
            }
            CHECK(same_secret(repeated, secret) == (length == secret.size()));
            CHECK(same_secret(std::string(length, 'x'), std::string(length, 'x')));
        }
        for (std::size_t at = 0; at != secret.size(); ++at) {
            CAPTURE(at);
            for (unsigned bit = 0; bit != 8; ++bit) {
                auto other = secret;
                other[at] = static_cast<char>(static_cast<unsigned char>(other[at]) ^ (1U << bit));
                CHECK_FALSE(same_secret(other, secret));
            }
        }
        CHECK_FALSE(same_secret("", "a"));
        CHECK_FALSE(same_secret("a", ""));
        CHECK_FALSE(same_secret(std::string("a\0", 2), "a"));
    }

    TEST_CASE("bearer token · of an Authorization field")
    {
        for (auto const& row : credentials) {
            CAPTURE(row.value);
            auto const token = bearer_token(row.value);
            CHECK(token.has_value() == (row.token != nullptr));
            if (token && row.token != nullptr) {
                CHECK(*token == row.token);
            }
        }
    }

    TEST_CASE("query token · decoded, once, whatever stands beside it")
    {
        for (auto const& row : queries) {
            CAPTURE(row.query);
            auto const token = query_token(row.query);
            CHECK(token.has_value() == (row.token != nullptr));
            if (token && row.token != nullptr) {
                CHECK(*token == row.token);
            }
        }
    }

    TEST_CASE("query token · one that is given twice is refused")
    {
        for (auto const* const query : {"access_token=abc&access_token=abc", "authorization=a&authorization=a"}) {
            CHECK(given_token({}, query, token_places::query_and_cookie, listed_pages).has_error());
            CHECK(token_at({}, query, token_places::cookie) == std::nullopt);
        }
    }

    TEST_CASE("cookie · counts unless a foreign page sends it, for publishers if a page is named")
    {
        for (auto const& row : cookies) {
            CAPTURE(row.name);
            fields head;
            head.set(field::host, "hub.example:8080");
            for (auto const& [name, value] : row.head) {
                head.insert(name, value);
            }
            auto const wanted = [](char const* token) { return std::string{token == nullptr ? "none" : token}; };
            CHECK(token_at(head, "", token_places::query_and_cookie).value_or("none") == wanted(row.for_stream));
            CHECK(token_at(head, "", token_places::cookie).value_or("none") == wanted(row.for_publisher));
            // A cookie's is the last place.
            auto const* const from_query = row.head.back().first == "Authorization" ? "def" : "ghi";
            CHECK(token_at(head, "access_token=ghi", token_places::query_and_cookie) == from_query);
        }
    }

    TEST_CASE("authenticate · each route by its own token, and a query's for streams only")
    {
        auto const policy = with_tokens("publish-secret", "subscribe-secret");
        auto const publisher = with_authorization({"Bearer publish-secret"});
        auto const subscriber = with_authorization({"Bearer subscribe-secret"});
        CHECK(authenticate(policy, access::publish, publisher, "").has_value());
        CHECK(authenticate(policy, access::subscribe, subscriber, "").has_value());
        CHECK(authenticate(policy, access::subscribe, {}, "access_token=subscribe-secret").has_value());
        CHECK(subject_of(authenticate(policy, access::open, {}, "")) == "");
        CHECK_FALSE(authenticate(policy, access::publish, {}, "").has_value());
        CHECK_FALSE(authenticate(policy, access::subscribe, {}, "").has_value());
        CHECK_FALSE(authenticate(policy, access::publish, subscriber, "").has_value());
        CHECK_FALSE(authenticate(policy, access::subscribe, publisher, "").has_value());
        CHECK_FALSE(authenticate(policy, access::publish, {}, "access_token=publish-secret").has_value());
        CHECK_FALSE(authenticate(policy, access::subscribe, {}, "access_token=publish-secret").has_value());
    }

    TEST_CASE("authenticate · several Authorization fields are none, though each is right")
    {
        auto const policy = with_tokens("secret", "secret");
        auto const twice = with_authorization({"Bearer secret", "Bearer secret"});
        CHECK_FALSE(authenticate(policy, access::publish, twice, "").has_value());
        CHECK_FALSE(authenticate(policy, access::subscribe, twice, "").has_value());
    }

    TEST_CASE("authenticate · a query's token counts beside the credentials of a proxy in front")
    {
        auto const policy = with_tokens("", "secret");
        CHECK(authenticate(policy, access::subscribe, with_authorization({"Basic eDp5"}), "access_token=secret")
                  .has_value());
        CHECK(authenticate(policy, access::subscribe, with_authorization({"Bearer secret"}), "access_token=wrong")
                  .has_value());
    }

    TEST_CASE("authenticate · without a token everyone comes, and is nobody")
    {
        auto const policy = with_tokens("", "");
        for (auto const needed : {access::open, access::subscribe, access::publish}) {
            CHECK(subject_of(authenticate(policy, needed, {}, "")) == "");
            CHECK(subject_of(authenticate(policy, needed, with_authorization({"Bearer x"}), "access_token=y")) == "");
        }
    }

    TEST_CASE("subject · follows the token, through policies made anew, and does not show it")
    {
        auto const subject = [](std::string const& token) {
            return subject_of(
                authenticate(with_tokens("", token), access::subscribe, with_authorization({"Bearer " + token}), ""));
        };
        CHECK_FALSE(subject("first").empty());
        CHECK(subject("first") == subject("first"));
        CHECK(subject("first") != subject("second"));
        CHECK(subject("first").find("first") == std::string::npos);
        auto const same = with_tokens("token", "token");
        auto const head = with_authorization({"Bearer token"});
        CHECK(subject_of(authenticate(same, access::publish, head, "")) !=
              subject_of(authenticate(same, access::subscribe, head, "")));
    }
}
