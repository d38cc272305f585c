#include <url_pattern/set.hpp>

#include "hub.hpp"
#include <url_pattern/bucket.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::url_pattern {
namespace {

using test::compiled;
using test::hub;

TEST_SUITE_BEGIN("url_pattern/set");

/// A set, and beside it what is in it.
class pair_of_sets {
public:
    void add(pattern const& p)
    {
        auto const index = under_test_.add(p);
        REQUIRE_FALSE(plain_.contains(index));
        plain_.emplace(index, p);
    }

    void remove(std::size_t nth)
    {
        auto const at = std::next(plain_.begin(), static_cast<std::ptrdiff_t>(nth % plain_.size()));
        under_test_.remove(at->first);
        plain_.erase(at);
    }

    /// How many match; the set must say the same as each pattern by itself.
    std::size_t check(std::string_view text)
    {
        topic const t{text, hub()};
        std::vector<set::index> found;
        under_test_.match(t, found);
        std::ranges::sort(found);
        std::vector<set::index> expected;
        for (auto const& [index, p] : plain_) {
            if (p.matches(t)) {
                expected.push_back(index);
            }
        }
        CAPTURE(text);
        CHECK(found == expected);
        CHECK(under_test_.size() == plain_.size());
        return expected.size();
    }

    [[nodiscard]] std::size_t size() const { return plain_.size(); }

private:
    set under_test_;
    std::map<set::index, pattern> plain_;
};

TEST_CASE("set · says what its patterns say, while patterns come and go")
{
    std::mt19937 random{7};
    auto const below = [&](unsigned limit) { return random() % limit; };
    auto const number = [&](unsigned limit) { return std::to_string(below(limit)); };
    // Some with prefixes of their own, some that begin alike, some that differ by scheme, host, query or not at all.
    auto const text = [&]() -> std::string {
        switch (below(12)) {
        case 0:
            return "/chat/" + number(40) + "/:id";
        case 1:
            return "/:tenant/room-" + number(200);
        case 2:
            return "https://*.example/" + number(20);
        case 3:
            return "*://*:*/" + number(20) + "/*";
        case 4:
            return "/a" + std::string(below(6), 'b') + "*";
        case 5:
            return "/:x?page=" + number(20);
        case 6:
            return "urn:a\\:" + number(20);
        case 7:
            return "/(\\d{1,3})/" + number(200);
        case 8:
            return "/{x/}*" + number(20);
        case 9:
            return "*:*";
        case 10:
            return "/:tenant/:room/" + number(200);
        default:
            return "/" + number(40);
        }
    };
    auto const subject = [&]() -> std::string {
        switch (below(9)) {
        case 0:
            return "/chat/" + number(40) + "/7";
        case 1:
            return "/acme/room-" + number(200);
        case 2:
            return "https://b.example/" + number(20);
        case 3:
            return "ws://c.example:81/" + number(20) + "/d";
        case 4:
            return "/a" + std::string(below(7), 'b');
        case 5:
            return "/5?page=" + number(20);
        case 6:
            return "urn:a:" + number(20);
        case 7:
            return "/" + number(200) + "/" + number(200);
        default:
            return "/acme/room/" + number(200);
        }
    };
    pair_of_sets sets;
    std::size_t matches = 0;
    for (int round = 0; round != 40; ++round) {
        auto const grows = round % 8 < 5;
        for (int i = 0; i != (grows ? 60 : 90); ++i) {
            if (grows) {
                sets.add(compiled(text()));
            } else {
                sets.remove(random());
            }
        }
        for (int i = 0; i != 40; ++i) {
            matches += sets.check(subject());
        }
        (void)sets.check("no url");
    }
    CHECK(matches > 1000);
    while (sets.size() != 0) {
        sets.remove(random());
    }
    CHECK(sets.check("/chat/1/7") == 0);
}

TEST_CASE("set · a pattern that is there twice is found twice, and a removed one's number is given again")
{
    set patterns;
    auto const first = patterns.add(compiled("/a"));
    auto const second = patterns.add(compiled("/a"));
    std::vector<set::index> found;
    patterns.match({"/a", hub()}, found);
    std::ranges::sort(found);
    CHECK(found == std::vector{first, second});
    patterns.remove(first);
    CHECK(patterns.add(compiled("/b")) == first);
    found.clear();
    patterns.match({"/a", hub()}, found);
    CHECK(found == std::vector{second});
}

TEST_CASE("set · patterns that are too large for one automaton are matched all the same")
{
    pair_of_sets sets;
    for (int i = 0; i != 30; ++i) {
        sets.add(compiled("/([ab]*a[ab]{" + std::to_string(300 + i) + "})" + std::to_string(i % 10)));
    }
    std::mt19937 random{7};
    std::size_t matches = 0;
    for (int i = 0; i != 3; ++i) {
        std::string text = "/";
        for (int k = 0; k != 600; ++k) {
            text += random() % 2 == 0 ? 'a' : 'b';
        }
        matches += sets.check(text + std::to_string(i));
    }
    CHECK(matches > 0);
}

TEST_CASE("bucket · a bundle whose members are all removed is given up")
{
    bucket many;
    for (std::size_t i = 0; i != 200; ++i) {
        many.add({i, compiled("/:tenant/" + std::to_string(i))});
    }
    for (std::size_t i = 0; i != 200; ++i) {
        CHECK_FALSE(many.empty());
        many.remove(i * 7 % 200);
    }
    CHECK(many.empty());
}

TEST_SUITE_END();

} // namespace
} // namespace sluice::url_pattern
