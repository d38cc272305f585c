#include <sluice/session/ownership.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace sluice {
namespace {

TEST_SUITE_BEGIN("session/ownership");

TEST_CASE("same_network · IPv4 by /24, IPv6 by /64, anything else by equality")
{
    struct row {
        std::string a;
        std::string b;
        bool same;
    };
    std::vector<row> const rows{
        {"192.0.2.1", "192.0.2.254", true},
        {"192.0.2.1", "192.0.3.1", false},
        {"192.0.2.1", "193.0.2.1", false},
        {"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
        {"2001:db8:1:2::1", "2001:db8:1:3::1", false},
        {"::ffff:192.0.2.1", "192.0.2.7", true},
        {"::ffff:192.0.2.1", "::ffff:192.0.3.1", false},
        {"192.0.2.1", "2001:db8::1", false},
        {"", "", true},
        {"", "192.0.2.1", false},
        {"nonsense", "nonsense", true},
        {"nonsense", "other", false},
        {"fe80::1%1", "fe80::2%1", true},
    };
    for (auto const& r : rows) {
        CAPTURE(r.a);
        CAPTURE(r.b);
        CHECK(same_network(r.a, r.b) == r.same);
        CHECK(same_network(r.b, r.a) == r.same);
    }
}

TEST_CASE("may_claim · every required trait must agree, and only those")
{
    auto const who = [](std::string agent, std::string address, std::string subject) {
        session_meta m;
        m.user_agent = std::move(agent);
        m.remote_address = std::move(address);
        m.grant.subject = std::move(subject);
        return m;
    };
    auto const owner = who("A", "192.0.2.1", "me");
    struct row {
        std::string name;
        ownership_rule rule;
        session_meta claimant;
        bool allowed;
    };
    ownership_rule const by_agent{};
    ownership_rule const by_address{.user_agent = false, .address = true, .token = false};
    ownership_rule const by_token{.user_agent = false, .address = false, .token = true};
    ownership_rule const by_all{.user_agent = true, .address = true, .token = true};
    ownership_rule const none{.user_agent = false, .address = false, .token = false};
    std::vector<row> const rows{
        {"agent · same from elsewhere", by_agent, who("A", "198.51.100.1", "you"), true},
        {"agent · other", by_agent, who("B", "192.0.2.1", "me"), false},
        {"agent · another case", by_agent, who("a", "192.0.2.1", "me"), false},
        {"agent · none", by_agent, who("", "192.0.2.1", "me"), false},
        {"address · same network", by_address, who("B", "192.0.2.9", ""), true},
        {"address · other network", by_address, who("A", "192.0.9.1", "me"), false},
        {"token · same", by_token, who("B", "", "me"), true},
        {"token · none", by_token, who("A", "192.0.2.1", ""), false},
        {"all · all agree", by_all, who("A", "192.0.2.2", "me"), true},
        {"all · agent differs", by_all, who("B", "192.0.2.2", "me"), false},
        {"all · address differs", by_all, who("A", "192.0.3.2", "me"), false},
        {"all · subject differs", by_all, who("A", "192.0.2.2", "you"), false},
        {"none · nothing agrees", none, who("B", "", "you"), true},
    };
    for (auto const& r : rows) {
        CAPTURE(r.name);
        CHECK(may_claim(r.rule, owner, r.claimant) == r.allowed);
    }
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
