#include <sluice/session/interest.hpp>

#include <doctest/doctest.h>
#include <fixtures.hpp>
#include <model/prefix_patterns.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace sluice {
namespace {

using test::sample;
using sequences = std::vector<std::uint64_t>;
using names = std::vector<std::string>;

constexpr std::size_t most_events = 40;

log_config log_of(std::size_t most)
{
    log_config c;
    c.max_events = most;
    return c;
}

session_meta asking(names types, names topics, topic_selection may_private = topic_selection::everything())
{
    session_meta m;
    m.subscriptions = std::move(types);
    m.topics = std::move(topics);
    m.grant.private_topics = std::move(may_private);
    return m;
}

/// A window of events, and what the model knows of them.
struct modelled_window {
    explicit modelled_window(std::size_t held = most_events) : most{held} {}

    void publish(sample s)
    {
        all.push_back(s);
        log.append(test::stamped(log.head() + 1, std::move(s)));
    }

    /// By looking at each event.
    [[nodiscard]] sequences expected(session_meta const& m, std::uint64_t after) const
    {
        auto const has_one = [](names const& some, names const& of) {
            return std::ranges::any_of(some, [&](auto const& t) { return std::ranges::find(of, t) != of.end(); });
        };
        auto const matches_one = [](names const& some, names const& patterns) {
            return std::ranges::any_of(some, [&](auto const& topic) {
                return std::ranges::any_of(
                    patterns, [&](auto const& pattern) { return model::prefix_patterns::matches(pattern, topic); });
            });
        };
        bool const any_topic =
            (m.topics.empty() && m.topic_patterns.empty()) || std::ranges::find(m.topics, "*") != m.topics.end();
        auto const& may = m.grant.private_topics;
        sequences found;
        for (std::uint64_t i = 1; i <= all.size(); ++i) {
            auto const& e = all[i - 1];
            bool const is_type =
                m.subscriptions.empty() || std::ranges::find(m.subscriptions, e.type) != m.subscriptions.end();
            bool const is_topic =
                any_topic || e.topics.empty() || has_one(e.topics, m.topics) || matches_one(e.topics, m.topic_patterns);
            bool const is_allowed = !e.is_private || may.is_everything() || has_one(e.topics, may.topics()) ||
                                    matches_one(e.topics, may.patterns());
            if (i > after && i + most > all.size() && is_type && is_topic && is_allowed) {
                found.push_back(i);
            }
        }
        return found;
    }

    model::prefix_patterns engine;
    std::size_t most;
    window log{log_of(most), test::epoch, 1, &engine};
    std::vector<sample> all;
};

sequences found_after(interest const& i, std::uint64_t sequence)
{
    sequences found;
    auto c = i.cursor_after(sequence);
    while (auto const* const f = i.next(c)) {
        found.push_back(f->sequence());
    }
    return found;
}

/// Draws the same each time.
class chance {
public:
    [[nodiscard]] std::size_t below(std::size_t n)
    {
        return std::uniform_int_distribution<std::size_t>{0, n - 1}(random_);
    }

    [[nodiscard]] session_meta interest()
    {
        auto wanted = asking(some(below(2) == 0 ? 0 : 6, "tuvwx"), some(below(3) == 0 ? 0 : 6, "abcdefg"), rights());
        wanted.topic_patterns = patterns(below(3) == 0 ? 3 : 0);
        return wanted;
    }

    [[nodiscard]] sample event()
    {
        sample s{.type = std::string(1, "tuvwx"[below(5)]), .topics = some(below(2) == 0 ? 0 : 3, "abcdefg")};
        s.is_private = !s.topics.empty() && below(4) == 0;
        return s;
    }

private:
    [[nodiscard]] names some(std::size_t most, std::string const& of)
    {
        names drawn;
        for (auto left = below(most + 1); left != 0; --left) {
            drawn.emplace_back(1, of[below(of.size())]);
        }
        return drawn;
    }
    [[nodiscard]] topic_selection rights()
    {
        auto const kind = below(3);
        return kind == 0   ? topic_selection::everything()
               : kind == 1 ? topic_selection{}
                           : topic_selection::of(some(3, "abc"), patterns(below(2) == 0 ? 0 : 2));
    }
    [[nodiscard]] names patterns(std::size_t most)
    {
        names drawn;
        for (auto left = below(most + 1); left != 0; --left) {
            drawn.emplace_back(std::array{"a*", "b*", "*", "a1*", "nothing*", "no pattern"}[below(6)]);
        }
        return drawn;
    }

    std::mt19937 random_{20261129}; // NOLINT(bugprone-random-generator-seed,cert-*)
};

TEST_SUITE_BEGIN("session/interest");

TEST_CASE("next · gives each event once, by type, by any of its topics, and without a topic")
{
    modelled_window h;
    interest two_topics{h.log};
    (void)two_topics.set(asking({}, {"a", "b"}));
    interest typed{h.log};
    (void)typed.set(asking({"t"}, {"a", "b"}));
    h.publish({.type = "t", .topics = {"a"}});
    h.publish({.type = "u", .topics = {"a", "b"}});
    h.publish({.type = "t", .topics = {"c", "b", "b"}});
    h.publish({.type = "t", .topics = {"c"}});
    h.publish({.type = "u"});
    h.publish({.type = "t"});
    CHECK(found_after(two_topics, 0) == sequences{1, 2, 3, 5, 6});
    CHECK(two_topics.held_after(0) == 5);
    CHECK(found_after(typed, 0) == sequences{1, 3, 6});
    CHECK(typed.held_after(1) == 2);
    interest late{h.log};
    (void)late.set(asking({}, {"c"}));
    CHECK(found_after(late, 0) == sequences{3, 4, 5, 6});
    (void)late.set(asking({}, {"c", "*"}));
    CHECK(late.is_everything());
}

TEST_CASE("private · the grant decides by any of the topics, and the interest does not widen it")
{
    modelled_window h;
    interest none{h.log};
    (void)none.set(asking({}, {"a"}, {}));
    interest other{h.log};
    (void)other.set(asking({}, {"a"}, topic_selection::of({"b"})));
    interest everything{h.log};
    (void)everything.set(asking({}, {}, topic_selection::of({"b"})));
    h.publish({.topics = {"a"}});
    h.publish({.topics = {"a"}, .is_private = true});
    h.publish({.topics = {"a", "b"}, .is_private = true});
    h.publish({.topics = {"b"}, .is_private = true});
    CHECK(found_after(none, 0) == sequences{1});
    CHECK(found_after(other, 0) == sequences{1, 3});
    CHECK(found_after(everything, 0) == sequences{1, 3, 4});
    CHECK(everything.held_after(0) == 3);
    CHECK_FALSE(everything.is_whole_after(0));
    CHECK(everything.is_whole_after(4));
    CHECK(everything.set(asking({}, {}, topic_selection::everything())));
    CHECK(everything.is_whole_after(0));
}

TEST_CASE("counts_lost_after · is false where the lists would count an event that does not pass, or one twice")
{
    struct row {
        char const* name;
        session_meta wanted;
        sample lost;
        bool counts;
    };
    for (auto const& r : std::vector<row>{
             {"all, a public event", asking({}, {}, {}), {.topics = {"a"}}, true},
             {"all, a private event", asking({}, {}, {}), {.topics = {"a"}, .is_private = true}, false},
             {"all with every right", asking({}, {}), {.topics = {"a"}, .is_private = true}, true},
             {"types", asking({"message", "u"}, {}), {.topics = {"a", "b"}}, true},
             {"one topic, an event with two", asking({}, {"a"}), {.topics = {"a", "b"}}, true},
             {"two topics, an event with one", asking({}, {"a", "b"}), {.topics = {"a"}}, true},
             {"two topics, an event with two", asking({}, {"a", "b"}), {.topics = {"a", "b"}}, false},
             {"types and topics", asking({"u"}, {"a"}), {.topics = {"a"}}, false},
         }) {
        CAPTURE(r.name);
        modelled_window h;
        interest i{h.log};
        (void)i.set(r.wanted);
        h.publish(r.lost);
        for (std::size_t n = 0; n != most_events; ++n) {
            h.publish({});
        }
        CHECK(i.counts_lost_after(0) == r.counts);
        if (r.counts) {
            CHECK(i.lost() == 1);
        }
    }
}

TEST_CASE("selectors · are forgotten once no event and no session has them")
{
    modelled_window h;
    {
        interest i{h.log};
        (void)i.set(asking({"same"}, {"same"}, topic_selection::of({"same", "other"})));
        CHECK(h.log.audience().types().size() == 1);
        CHECK(h.log.audience().topics().size() == 2);
        h.publish({.type = "same", .topics = {"same", "third"}});
        CHECK(h.log.audience().topics().size() == 3);
    }
    CHECK(h.log.audience().topics().size() == 2);
    for (std::size_t n = 0; n != most_events; ++n) {
        h.publish({});
    }
    CHECK(h.log.audience().topics().size() == 0);
    CHECK(h.log.audience().types().find("same") == nullptr);
}

TEST_CASE("patterns · find what is held already, and are forgotten once nobody names them")
{
    modelled_window h;
    auto wanted = asking({}, {"c"});
    wanted.topic_patterns = {"/a*", "/ab*"};
    h.publish({.topics = {"/a"}});
    h.publish({.topics = {"/ab", "c"}});
    h.publish({.topics = {"b"}});
    auto const& audience = h.log.audience();
    {
        interest first{h.log};
        (void)first.set(wanted);
        CHECK(found_after(first, 0) == sequences{1, 2});
        CHECK(first.held_after(0) == 2);
        h.publish({.topics = {"/abc"}});
        interest second{h.log};
        wanted.topics.clear();
        (void)second.set(wanted);
        CHECK(found_after(second, 1) == sequences{2, 4});
        CHECK(audience.patterns().size() == 2);
        wanted.topic_patterns = {"/ab*"};
        (void)first.set(wanted);
        (void)second.set(wanted);
        CHECK(audience.patterns().size() == 1);
        CHECK(found_after(second, 0) == sequences{2, 4});
    }
    CHECK(audience.patterns().size() == 0);
    h.publish({.topics = {"/ab"}});
    interest again{h.log};
    (void)again.set(wanted);
    CHECK(found_after(again, 0) == sequences{2, 4, 5});
}

TEST_CASE("random interests · find what looking at each event finds, whatever the window has dropped")
{
    chance drawn;
    constexpr int halls = 100;
    for (int round = 0; round != halls; ++round) {
        CAPTURE(round);
        modelled_window h;
        interest i{h.log};
        // Names the same patterns, but for a time.
        interest another{h.log};
        auto wanted = asking({}, {});
        for (int step = 0; step != 200; ++step) {
            if (drawn.below(10) == 0) {
                wanted = drawn.interest();
                (void)i.set(wanted);
                (void)another.set(wanted);
            } else if (drawn.below(20) == 0) {
                (void)another.set(asking({}, {}));
            }
            h.publish(drawn.event());
            auto const after = drawn.below(h.all.size() + 1);
            REQUIRE(found_after(i, after) == h.expected(wanted, after));
            REQUIRE(i.held_after(after) == h.expected(wanted, after).size());
        }
    }
}

TEST_CASE("random interests · the same with more topics than the window has, and more events than are listed")
{
    constexpr std::size_t many_events = 600;
    constexpr std::size_t many_topics = 2000;
    constexpr int halls = 5;
    chance drawn;
    for (int round = 0; round != halls; ++round) {
        CAPTURE(round);
        modelled_window h{many_events};
        std::array<interest, 3> all{interest{h.log}, interest{h.log}, interest{h.log}};
        std::array<session_meta, 3> wanted{asking({}, {}), asking({}, {}), asking({}, {})};
        for (int step = 0; step != 3000; ++step) {
            if (drawn.below(100) == 0) {
                auto const which = drawn.below(all.size());
                wanted[which] = drawn.interest();
                (void)all[which].set(wanted[which]);
            }
            auto event = drawn.event();
            for (auto& topic : event.topics) {
                topic += std::to_string(drawn.below(many_topics));
            }
            h.publish(std::move(event));
            if (drawn.below(5) == 0) {
                auto const which = drawn.below(all.size());
                auto const after = h.all.size() - std::min(h.all.size(), drawn.below(many_events + 50));
                auto const expected = h.expected(wanted[which], after);
                REQUIRE(found_after(all[which], after) == expected);
                REQUIRE(all[which].held_after(after) == expected.size());
            }
        }
    }
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
