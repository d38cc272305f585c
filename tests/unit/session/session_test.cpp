#include <sluice/session/session.hpp>

#include <doctest/doctest.h>
#include <session/session_log.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using test::sequences_after;
using test::session_log;
using test::small_limits;
using sequences = std::vector<std::uint64_t>;

TEST_SUITE_BEGIN("session/session");

TEST_CASE("for_each_after · merges broadcasts and targeted events in order, from any place")
{
    session_log t;
    auto const s = t.make_session();
    auto const other = t.make_session();
    t.publish("aA", &*s);    // 1 2
    t.publish("A", &*other); // 3
    t.publish("AAbB", &*s);  // 4 5 6 7
    CHECK(sequences_after(*s, 0) == sequences{1, 2, 4, 5, 6, 7});
    CHECK(sequences_after(*other, 0) == sequences{1, 3, 6});
    CHECK(sequences_after(*s, 0, 5) == sequences{1, 2, 4, 5});
    CHECK(sequences_after(*s, 0, 0).empty());
    for (std::uint64_t from = 0; from != 8; ++from) {
        CAPTURE(from);
        sequences expected;
        for (auto const sequence : sequences{1, 2, 4, 5, 6, 7}) {
            if (sequence > from) {
                expected.push_back(sequence);
            }
        }
        CHECK(sequences_after(*s, from) == expected);
        CHECK(s->held_after(from) == expected.size());
    }
}

TEST_CASE("for_each_after · goes on behind any event with what follows")
{
    session_log t;
    auto const s = t.make_session({"a", "c"});
    t.publish("abAcBaCcb", &*s);
    auto const whole = sequences_after(*s, 0);
    CHECK(whole == sequences{1, 3, 4, 6, 7, 8});
    sequences seen;
    s->for_each_after(0, ~std::uint64_t{0}, [&](frame const& f) {
        seen.push_back(f.sequence());
        auto rest = seen;
        for (auto const sequence : sequences_after(*s, f.sequence())) {
            rest.push_back(sequence);
        }
        CHECK(rest == whole);
        return true;
    });
}

TEST_CASE("for_each_after · stops when it is told to")
{
    session_log t;
    auto const s = t.make_session();
    t.publish("aAa", &*s);
    std::size_t count = 0;
    s->for_each_after(0, ~std::uint64_t{0}, [&](frame const&) { return ++count != 2; });
    CHECK(count == 2);
}

TEST_CASE("filter · applies to broadcasts and targeted events alike, and an event without a type is a message")
{
    session_log t;
    auto const s = t.make_session({"b", "message", "b"});
    t.publish("abBAcC", &*s);
    auto const plain = test::stamped(7, {.type = ""});
    t.log.append(plain);
    std::size_t lists = 0;
    s->interest().for_each_list([&lists](selector const&) { ++lists; });
    CHECK(lists == 2);
    CHECK(s->wants("b"));
    CHECK(s->wants("message"));
    CHECK_FALSE(s->wants("a"));
    CHECK(sequences_after(*s, 0) == sequences{2, 3, 7});
    CHECK(s->held_after(0) == 3);
}

TEST_CASE("filter · a claim that names types replaces it, one that names none keeps it")
{
    session_log t;
    auto const s = t.make_session({"a"});
    t.publish("ab");
    session_meta newer;
    newer.user_agent = "second";
    s->adopt(newer);
    CHECK(sequences_after(*s, 0) == sequences{1});
    newer.subscriptions = {"b"};
    s->adopt(newer);
    CHECK(sequences_after(*s, 0) == sequences{2});
    CHECK(s->meta().user_agent == "second");
    CHECK(s->meta().subscriptions == std::vector<std::string>{"b"});
}

TEST_CASE("filter · of few or many types, finds what matches, wherever it stands and however far apart")
{
    std::string const types = "abcdefghijkl";
    for (std::size_t const many : {1U, 4U, 5U, 12U}) {
        CAPTURE(many);
        session_log t{small_limits(100, 100)};
        std::vector<std::string> wanted;
        for (char const type : types.substr(0, many)) {
            wanted.emplace_back(1, type);
        }
        auto const s = t.make_session(wanted);
        // Runs of what no session wants, from none to more than there are types, and what is wanted between.
        std::string kinds;
        for (std::size_t run = 0; run != 20; ++run) {
            kinds += std::string(run % 15, 'z') + types[run * 5 % many];
        }
        t.publish(kinds);
        sequences expected;
        auto const head = t.log.head();
        for (std::uint64_t sequence = head - 99; sequence <= head; ++sequence) {
            if (kinds[sequence - 1] != 'z') {
                expected.push_back(sequence);
            }
        }
        for (std::uint64_t from = head - 100; from <= head; ++from) {
            CAPTURE(from);
            std::erase_if(expected, [from](auto sequence) { return sequence <= from; });
            CHECK(sequences_after(*s, from) == expected);
            CHECK(s->held_after(from) == expected.size());
        }
        CHECK_FALSE(s->has_targeted_after(0));
    }
}

TEST_CASE("filter · its selectors are forgotten with the session")
{
    session_log t;
    auto s = t.make_session({"a", "b"});
    CHECK(t.log.audience().types().size() == 2);
    session_meta newer;
    newer.subscriptions = {"c"};
    s->adopt(newer);
    CHECK(t.log.audience().types().size() == 1);
    t.manager.remove(*s);
    s = nullptr;
    CHECK(t.log.audience().types().size() == 0);
}

TEST_CASE("held_after · counts only what the log still has")
{
    session_log t{small_limits(3, 3)};
    auto const s = t.make_session();
    auto const a_only = t.make_session({"a"});
    t.publish("abababa");
    CHECK(s->held_after(0) == 3);
    CHECK(a_only->held_after(0) == 2);
    CHECK(sequences_after(*s, 0) == sequences{5, 6, 7});
    CHECK(sequences_after(*a_only, 0) == sequences{5, 7});
}

TEST_CASE("lost_after · from the session's own position the loss is known exactly")
{
    session_log t{small_limits(3, 100)};
    SUBCASE("without a filter, targeted events between")
    {
        auto const s = t.make_session();
        t.publish("aAabAaaab", &*s); // broadcasts 1 3 4 6 7 8 9, of which 7 8 9 are held
        CHECK(s->lost_after(s->at) == 4);
        CHECK(s->held_after(s->at) == 5);
    }
    SUBCASE("with a filter, when the session knows how many matched before")
    {
        auto const s = t.make_session({"a"});
        t.publish("aab");
        s->at = 1;
        s->remember_matches();
        t.publish("abaab"); // held: a a b; lost: a(1) a(2) b(3) a(4) b(5)
        CHECK(s->lost_after(s->at) == 2);
    }
    SUBCASE("with a filter, when it was not noted, nobody knows")
    {
        auto const s = t.make_session({"a"});
        t.publish("aaaaa");
        CHECK(s->lost_after(s->at) == std::nullopt);
    }
}

TEST_CASE("lost_after · from another place it is known where all targeted events since are held")
{
    session_log t{small_limits(2, 100)};
    auto const s = t.make_session();
    auto const other = t.make_session();
    t.publish("aaAaaaaa", &*other); // held: the broadcasts 7 and 8, and 3, which was sent to the other
    s->at = 8;
    CHECK(s->lost_after(6) == 0);
    CHECK(s->lost_after(4) == 2);
    CHECK(s->lost_after(1) == 4);
    t.publish("AA", &*other);                         // 9 10
    CHECK_FALSE(t.manager.enforce_targeted_limits()); // 3 is gone
    CHECK(s->lost_after(4) == 2);
    CHECK(s->lost_after(1) == std::nullopt);
}

TEST_CASE("last_event_id · is the session's position under the log's epoch")
{
    session_log t;
    auto const s = t.make_session();
    CHECK(s->last_event_id() == event_id{test::epoch, 0});
    t.publish("aa");
    s->at = t.log.head();
    CHECK(s->last_event_id() == event_id{test::epoch, 2});
}

TEST_CASE("merge · what the newer request names replaces, what it does not name stays")
{
    session_meta older{.user_agent = "ua",
                       .remote_address = "1.2.3.4",
                       .client_version = "1",
                       .grant = {.subject = "me", .may_subscribe = selection::of_types({"a"})},
                       .subscriptions = {"a"},
                       .headers = {{"X-A", "1"}},
                       .query_parameters = {{"p", "1"}}};
    merge(older, {.grant = {}});
    CHECK(older.user_agent == "ua");
    CHECK(older.grant == grant{});
    CHECK(older.subscriptions.size() == 1);
    CHECK(older.headers.size() == 1);
    merge(older, {.user_agent = "",
                  .remote_address = "1.2.3.5",
                  .client_version = "2",
                  .grant = grant::of_everything("you"),
                  .subscriptions = {"b", "c"},
                  .headers = {},
                  .query_parameters = {{"q", "2"}}});
    CHECK(older.user_agent == "ua");
    CHECK(older.remote_address == "1.2.3.5");
    CHECK(older.grant == grant::of_everything("you"));
    CHECK(older.client_version == "2");
    CHECK(older.subscriptions == std::vector<std::string>{"b", "c"});
    CHECK(older.headers.front().first == "X-A");
    CHECK(older.query_parameters.front().first == "q");
}

TEST_CASE("cut_to_limit · what is kept of a request is 4 KiB, cut at the end of a character, the agent first")
{
    session_meta m{.user_agent = std::string(4000, 'u'), .headers = {{"X-A", std::string(200, 'a')}}};
    m.query_parameters = {{"p", "1"}};
    CHECK(cut_to_limit(m));
    CHECK(m.user_agent.size() == 4000);
    REQUIRE(m.headers.size() == 1);
    CHECK(m.headers.front().second == std::string(93, 'a'));
    CHECK(m.query_parameters.empty());
    session_meta accented{.user_agent = "x" + std::string(2047, 'x')};
    for (int i = 0; i != 1100; ++i) {
        accented.user_agent += "\xc3\xa4";
    }
    auto const whole = accented;
    CHECK(cut_to_limit(accented));
    CHECK(accented.user_agent.size() == 4096);
    CHECK(kept_user_agent(whole) == accented.user_agent);
    accented.user_agent.insert(0, "x");
    CHECK(cut_to_limit(accented));
    CHECK(accented.user_agent.size() == 4095);
    session_meta small{.user_agent = "ua", .headers = {{"X-A", "a"}}, .query_parameters = {{"p", ""}}};
    CHECK_FALSE(cut_to_limit(small));
    CHECK(small.query_parameters.size() == 1);
}

TEST_CASE("adopt · what a client gets is what it asks for and may have, and each answer replaces the one before")
{
    session_log t;
    auto const s = t.make_session({"a", "b"});
    using types = std::vector<std::string>;
    auto const claim = [&](types asked, std::optional<types> allowed) {
        session_meta newer;
        newer.subscriptions = std::move(asked);
        newer.grant.may_subscribe = allowed ? selection::of_types(*allowed) : selection::everything();
        s->adopt(std::move(newer));
        types got;
        for (auto const* type : {"a", "b", "c"}) {
            if (s->wants(type)) {
                got.emplace_back(type);
            }
        }
        return got;
    };
    CHECK(claim({}, types{"b", "c"}) == types{"b"});
    CHECK(claim({}, types{}).empty());
    CHECK_FALSE(s->interest().is_everything());
    CHECK(s->held_after(s->at) == 0);
    t.publish("abc");
    CHECK(s->held_after(s->at) == 0);
    CHECK(claim({}, std::nullopt) == types{"a", "b"});
    CHECK(claim({"c"}, types{"b"}).empty());
    CHECK(claim({"c", "b"}, types{"b"}) == types{"b"});
    CHECK(claim({"c"}, std::nullopt) == types{"c"});
    CHECK(s->asks_for_the_same({.subscriptions = {"c", "c"}}));
    CHECK_FALSE(s->asks_for_the_same({.subscriptions = {}}));
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
