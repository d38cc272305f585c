// Compiles the input's first line as a URL Pattern and as a URI template, and matches the other lines: a refusal is one
// line, a set says what the pattern says, and a URL that is written from its parts has the same parts again.

#include "fuzz_words.hpp"
#include <url_pattern/compiled.hpp>
#include <url_pattern/expression.hpp>
#include <url_pattern/pattern.hpp>
#include <url_pattern/set.hpp>
#include <url_pattern/topic.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr char const* words[] = {
    "https://", "hub.example", "/",    ":a",  "*",      "{",       "}",       "?",      "+",    "(",    ")",   "\\",
    "[",        "]",           "|",    "#",   "@",      ":8",      "..",      "%2e",    "\n",   "\n/",  "(?:", "\\d",
    "[^a]",     "{2,3}",       "(?=",  "--",  "&&",     "\\1",     "^",       "$",      "\xC3", "\xA9", "%C3", "a",
    "127.1",    "[::1]",       "0x7f", "urn", "\\p{L}", "\\u{61}", "{+a,b*}", "{?a:3}", "&"};

} // namespace

std::span<char const* const> const fuzz_words{words};

namespace {

using namespace sluice::url_pattern;

void require(bool holds, char const* what)
{
    if (!holds) {
        std::fprintf(stderr, "url_pattern: %s\n", what);
        std::abort();
    }
}

base_url const& hub()
{
    static auto const base = base_url::parse("https://me@hub.example:8443/a/b?c#d");
    return *base;
}

/// A set of a few hundred patterns, with room for one more.
set& crowd()
{
    static auto patterns = [] {
        set all;
        for (int i = 0; i != 300; ++i) {
            (void)all.add(*compile("/:any/" + std::to_string(i % 150), hub()));
        }
        return all;
    }();
    return patterns;
}

std::vector<topic> topics_in(std::string_view text)
{
    std::vector<topic> topics;
    while (!text.empty() && topics.size() != 20) {
        auto const end = std::min(text.find('\n'), text.size());
        topics.emplace_back(text.substr(0, std::min<std::size_t>(end, 1024)), hub());
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return topics;
}

void check_topic(topic const& t)
{
    if (!t.is_url()) {
        return;
    }
    std::array<std::string_view, 8> parts;
    std::string_view rest = t.lines();
    for (auto& part : parts) {
        part = rest.substr(0, rest.find('\n'));
        require(part.size() < rest.size(), "a topic without its eight lines");
        rest.remove_prefix(part.size() + 1);
    }
    require(rest.empty(), "a topic with more than eight lines");
    auto const& [scheme, host, port, path, query, fragment, username, password] = parts;
    for (char const c : t.lines()) {
        require(c == '\n' || (c >= ' ' && c < '\x7F'), "a topic that is not ASCII");
    }
    if (host.empty()) {
        return; // whether there is none or an empty one, the lines do not tell
    }
    std::string again{scheme};
    again += "://";
    if (!username.empty() || !password.empty()) {
        again.append(username).append(":").append(password).append("@");
    }
    again.append(host).append(port.empty() ? "" : ":").append(port).append(path);
    again.append(query.empty() ? "" : "?").append(query).append(fragment.empty() ? "" : "#").append(fragment);
    require(topic{again, hub()}.lines() == t.lines(), "a URL that is another one when it is written and read");
}

void check(outcome<pattern> const& compiled, std::vector<topic> const& topics)
{
    if (!compiled) {
        auto const& why = compiled.error();
        auto const is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
        require(!why.empty() && why.size() < 300 && std::ranges::none_of(why, is_control), "a refusal that is no line");
        return;
    }
    auto const expression = compile_expression(compiled->inner().expression, std::size_t{1} << 20U);
    require(expression->ok(), "an expression that is none");
    auto const index = crowd().add(*compiled);
    std::vector<set::index> found;
    for (auto const& t : topics) {
        found.clear();
        crowd().match(t, found);
        auto const count = std::ranges::count(found, index);
        require(count == (compiled->matches(t) ? 1 : 0), "a set that says something else than its pattern");
        require(count == (matches_whole(*expression, subject_of(t, compiled->inner().matched)) ? 1 : 0),
                "a pattern that says something else than its expression");
    }
    crowd().remove(index);
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer names it
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const input{reinterpret_cast<char const*>(data), size};
    auto const text = input.substr(0, input.find('\n'));
    auto const topics = topics_in(input.substr(std::min(text.size() + 1, input.size())));
    for (auto const& t : topics) {
        check_topic(t);
    }
    check(compile(text, hub()), topics);
    check(compile_template(text), topics);
    return 0;
}
