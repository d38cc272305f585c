#include <access/access.hpp>

#include <boost/beast/http/field.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace sluice::server;
using boost::beast::http::field;
using boost::beast::http::fields;

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
    {"access_token=abc&access_token=abc", nullptr},
    {"access_token=%zz", nullptr},
    {"access_token=%FF", nullptr},
    {"x=access_token=abc", nullptr},
};

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

    TEST_CASE("authenticate · each route by its own token, and a query's for streams only")
    {
        access_policy const policy{"publish-secret", "subscribe-secret"};
        auto const publisher = with_authorization({"Bearer publish-secret"});
        auto const subscriber = with_authorization({"Bearer subscribe-secret"});
        CHECK(policy.authenticate(access::publish, publisher, "").has_value());
        CHECK(policy.authenticate(access::subscribe, subscriber, "").has_value());
        CHECK(policy.authenticate(access::subscribe, {}, "access_token=subscribe-secret").has_value());
        CHECK(*policy.authenticate(access::open, {}, "") == "");
        CHECK_FALSE(policy.authenticate(access::publish, {}, "").has_value());
        CHECK_FALSE(policy.authenticate(access::subscribe, {}, "").has_value());
        CHECK_FALSE(policy.authenticate(access::publish, subscriber, "").has_value());
        CHECK_FALSE(policy.authenticate(access::subscribe, publisher, "").has_value());
        CHECK_FALSE(policy.authenticate(access::publish, {}, "access_token=publish-secret").has_value());
        CHECK_FALSE(policy.authenticate(access::subscribe, {}, "access_token=publish-secret").has_value());
    }

    TEST_CASE("authenticate · several Authorization fields are none, though each is right")
    {
        access_policy const policy{"secret", "secret"};
        auto const twice = with_authorization({"Bearer secret", "Bearer secret"});
        CHECK_FALSE(policy.authenticate(access::publish, twice, "").has_value());
        CHECK_FALSE(policy.authenticate(access::subscribe, twice, "").has_value());
    }

    TEST_CASE("authenticate · a query's token counts beside the credentials of a proxy in front")
    {
        access_policy const policy{"", "secret"};
        CHECK(policy.authenticate(access::subscribe, with_authorization({"Basic eDp5"}), "access_token=secret")
                  .has_value());
        CHECK(policy.authenticate(access::subscribe, with_authorization({"Bearer secret"}), "access_token=wrong")
                  .has_value());
    }

    TEST_CASE("authenticate · without a token everyone comes, and is nobody")
    {
        access_policy const policy{"", ""};
        for (auto const needed : {access::open, access::subscribe, access::publish}) {
            CHECK(*policy.authenticate(needed, {}, "") == "");
            CHECK(*policy.authenticate(needed, with_authorization({"Bearer x"}), "access_token=y") == "");
        }
    }

    TEST_CASE("subject · follows the token, through policies made anew, and does not show it")
    {
        auto const subject = [](std::string const& token) {
            return *access_policy{"", token}.authenticate(access::subscribe, with_authorization({"Bearer " + token}),
                                                          "");
        };
        CHECK_FALSE(subject("first").empty());
        CHECK(subject("first") == subject("first"));
        CHECK(subject("first") != subject("second"));
        CHECK(subject("first").find("first") == std::string::npos);
        access_policy const same{"token", "token"};
        auto const head = with_authorization({"Bearer token"});
        CHECK(*same.authenticate(access::publish, head, "") != *same.authenticate(access::subscribe, head, ""));
    }
}
