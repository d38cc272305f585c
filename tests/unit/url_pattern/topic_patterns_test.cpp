#include <url_pattern/topic_patterns.hpp>

#include "hub.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <vector>

namespace sluice::url_pattern {
namespace {

using test::hub;

TEST_SUITE_BEGIN("url_pattern/topic_patterns");

TEST_CASE("topic_patterns · a hub's set knows URL Patterns and, by their mark, URI templates")
{
    auto const patterns = make_topic_patterns(hub())->make_set();
    auto const by_pattern = patterns->add("/chat/:room");
    auto const by_template = patterns->add(make_template_text("/chat/{room}{?page}"));
    REQUIRE(by_pattern);
    REQUIRE(by_template);
    auto const matching = [&](std::string const& topic) {
        std::vector<std::size_t> found;
        patterns->match(topic, found);
        return found;
    };
    CHECK(matching("https://hub.example/chat/7") == std::vector{*by_pattern});
    CHECK(matching("/chat/7") == std::vector{*by_pattern, *by_template});
    CHECK(matching("/chat/7?page=2").size() == 2);
    patterns->remove(*by_template);
    CHECK(matching("/chat/7") == std::vector{*by_pattern});
}

TEST_CASE("topic_patterns · a template that is none is not added")
{
    auto const patterns = make_topic_patterns(hub())->make_set();
    CHECK_FALSE(patterns->add(make_template_text("/chat/{room")));
    CHECK_FALSE(judge_template("/chat/{room").refusal.empty());
    auto const good = judge_template("/chat/{room}");
    CHECK(good.refusal.empty());
    CHECK(good.steps > 0);
}

TEST_CASE("topic_patterns · what stands for a template is refused as a client's pattern")
{
    auto const patterns = make_topic_patterns(hub());
    auto const text = make_template_text("/chat/{room}");
    CHECK_FALSE(patterns->judge(text).refusal.empty());
    CHECK(template_in(text) == "/chat/{room}");
    CHECK_FALSE(template_in("/chat/:room"));
    // A URL Pattern cannot begin with it, whatever follows: this is what keeps the two apart.
    for (auto const* const rest : {"", "//host/", "*", "{a}", "(a)", "?q", "#f"}) {
        CHECK_FALSE(compile(make_template_text(rest), hub()));
    }
}

TEST_SUITE_END();

} // namespace
} // namespace sluice::url_pattern
