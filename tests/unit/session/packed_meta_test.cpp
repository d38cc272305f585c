#include <sluice/session/packed_meta.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>

namespace sluice {
namespace {

void check_equal(session_meta const& a, session_meta const& b)
{
    CHECK(a.user_agent == b.user_agent);
    CHECK(a.remote_address == b.remote_address);
    CHECK(a.grant == b.grant);
    CHECK(a.client_version == b.client_version);
    CHECK(a.subscriptions == b.subscriptions);
    CHECK(a.headers == b.headers);
    CHECK(a.query_parameters == b.query_parameters);
}

TEST_SUITE_BEGIN("session/packed_meta");

TEST_CASE("what was packed is unpacked")
{
    session_meta m;
    SUBCASE("nothing") {}
    SUBCASE("the usual")
    {
        m.user_agent = "agent/1.0";
        m.remote_address = "127.0.0.1";
    }
    SUBCASE("every part")
    {
        m = {.user_agent = "agent",
             .remote_address = "::1",
             .client_version = "3",
             .grant = {.subject = "somebody",
                       .may_subscribe = selection::of_types({"a", ""}),
                       .token_id = "token 1",
                       .issued = std::chrono::system_clock::time_point{},
                       .expires = std::chrono::system_clock::time_point{std::chrono::milliseconds{1'800'000'000'001}},
                       .payloads = {{.topics = topic_selection::of({"a"}, {"b*"}), .json = "{}"},
                                    {.topics = topic_selection::everything(), .json = ""}},
                       .tells_subject = false},
             .subscriptions = {"a", "", "c"},
             .headers = {{"x-one", "1"}, {"x-two", std::string("\0\xff", 2)}},
             .query_parameters = {{"key", "value"}, {"", ""}}};
    }
    SUBCASE("a grant of nothing") { m.grant = {}; }
    SUBCASE("lengths around the powers of 128")
    {
        for (std::size_t const length : {127U, 128U, 129U, 16'383U, 16'384U, 16'385U, 3'000'000U}) {
            m.subscriptions.emplace_back(length, 'x');
        }
        m.query_parameters.resize(200, {"k", "v"});
    }
    check_equal(packed_meta{m}.unpack(), m);
}

TEST_CASE("terms · are read without the rest")
{
    using time_point = std::chrono::system_clock::time_point;
    session_meta m;
    m.user_agent = "agent";
    m.grant.subject = "ann";
    m.grant.token_id = "t";
    m.grant.issued = std::chrono::floor<std::chrono::milliseconds>(time_point::max());
    packed_meta const packed{m};
    auto const terms = packed.terms();
    CHECK(terms.subject == "ann");
    CHECK(terms.token_id == "t");
    CHECK(terms.issued == m.grant.issued);
    CHECK(terms.expires == std::nullopt);
    CHECK(packed_meta{}.terms().subject.empty());
}

TEST_CASE("one that was never filled is empty") { check_equal(packed_meta{}.unpack(), {}); }

TEST_SUITE_END();

} // namespace
} // namespace sluice
