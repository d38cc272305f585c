#include <doctest/doctest.h>
#include <options/declaration.hpp>
#include <options/help.hpp>
#include <options/in_force.hpp>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>

namespace sluice::server {
namespace {

TEST_SUITE_BEGIN("server/options/declarations");

TEST_CASE("declarations · each has a name of its own, a text and a default that can be shown")
{
    std::set<std::string> names;
    options const defaults;
    for (auto const& d : declarations()) {
        CAPTURE(d.name);
        CHECK(names.insert(d.name).second);
        CHECK(find_declaration(d.name) == &d);
        CHECK_FALSE(d.summary.empty());
        CHECK_FALSE(d.summary.ends_with('.'));
        CHECK((d.details.empty() || d.details.ends_with('.')));
        // A default that is not set has an example, and words for it unless it is another's second name.
        bool const is_set = d.line(defaults).has_value();
        CHECK(is_set == d.example.empty());
        CHECK((is_set || !d.when_unset.empty() || !d.excludes.empty()));
        CHECK((d.excludes.empty() || find_declaration(d.excludes) != nullptr));
    }
    CHECK(find_declaration("nothing") == nullptr);
}

TEST_CASE("declarations · what is read is what was written")
{
    for (auto const& d : declarations()) {
        CAPTURE(d.name);
        options o;
        if (auto const values = d.get(o); !values.empty()) {
            CHECK(d.set(o, values) == std::nullopt);
            CHECK(d.get(o) == values);
        }
        if (!d.example.empty()) {
            CHECK(d.set(o, {d.example}) == std::nullopt);
        }
    }
}

TEST_CASE("declarations · spellings of a name")
{
    auto const* const d = find_declaration("buffer-size");
    REQUIRE(d != nullptr);
    CHECK(d->flag() == "--buffer-size");
    CHECK(d->key() == "buffer_size");
    CHECK(d->variable() == "SLUICE_BUFFER_SIZE");
}

TEST_CASE("declarations · no more than one value, unless repeatable, and at least one")
{
    for (auto const& d : declarations()) {
        CAPTURE(d.name);
        options o;
        auto const value = d.get(o).empty() ? d.example : d.get(o).front();
        CHECK(d.set(o, {value, value}).has_value() == !d.repeatable);
        CHECK(d.set(o, {}).has_value() == (!d.repeatable || d.name == "listen"));
    }
}

TEST_CASE("secrets · stand in neither a refusal nor what is in force")
{
    options o;
    for (auto const* const name : {"publish-token", "subscribe-token"}) {
        auto const* const d = find_declaration(name);
        REQUIRE(d != nullptr);
        auto const wrong = d->set(o, {"s3cret value"});
        REQUIRE(wrong.has_value());
        CHECK(wrong->find("s3cret") == std::string::npos);
        CHECK(d->set(o, {"s3cret-" + d->name}) == std::nullopt);
        CHECK(d->value_text(o) == "***");
    }
    auto const text = in_force_text(o);
    CHECK(text.find("s3cret") == std::string::npos);
    CHECK(text.find("# publish_token = \"***\"\n") != std::string::npos);
    CHECK(text.find("# subscribe_token = \"***\"\n") != std::string::npos);
}

TEST_CASE("in force · texts are quoted as TOML has them")
{
    options o;
    o.listen = {"unix:/run/a \"b\"\\c.sock", "[::1]:80"};
    o.publish_token_file = "12";
    auto const text = in_force_text(o);
    CHECK(text.find("listen = [\"unix:/run/a \\\"b\\\"\\\\c.sock\", \"[::1]:80\"]\n") != std::string::npos);
    CHECK(text.find("publish_token_file = \"12\"\n") != std::string::npos);
    CHECK(text.find("buffer_size = 1000\n") != std::string::npos);
}

TEST_CASE("help · names every option in its group, within 80 columns")
{
    auto const help = help_text();
    for (auto const& d : declarations()) {
        CAPTURE(d.name);
        auto const entry =
            help.find((d.letter == 0 ? "  " : ", ") + d.flag() + (d.is_switch() ? " " : " " + d.placeholder + " "));
        REQUIRE(entry != std::string::npos);
        auto const heading = help.substr(help.rfind("\n\n", entry) + 2);
        CHECK(heading.starts_with(std::string{title(d.group)} + ":\n"));
    }
    std::istringstream lines{help};
    for (std::string line; std::getline(lines, line);) {
        CAPTURE(line);
        CHECK(line.size() <= 80);
        CHECK_FALSE(line.ends_with(' '));
    }
}

TEST_SUITE_END();

} // namespace
} // namespace sluice::server
