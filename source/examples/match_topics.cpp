// Says for each topic on standard input which of the patterns match it. A pattern that
// begins with `template:` is a URI template.
// usage: match_topics BASE PATTERN...

#include <url_pattern/pattern.hpp>
#include <url_pattern/set.hpp>
#include <url_pattern/topic.hpp>

#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace url_pattern = sluice::url_pattern;

url_pattern::outcome<url_pattern::pattern> read_pattern(std::string_view text, url_pattern::base_url const& base)
{
    constexpr std::string_view mark = "template:";
    if (text.starts_with(mark)) {
        return url_pattern::compile_template(text.substr(mark.size()));
    }
    return url_pattern::compile(text, base);
}

} // namespace

int main(int argc, char** argv)
{
    std::vector<std::string> const arguments{argv + 1, argv + argc};
    if (arguments.size() < 2) {
        std::cerr << "usage: match_topics BASE PATTERN...\n";
        return 2;
    }
    auto const base = url_pattern::base_url::parse(arguments[0]);
    if (!base) {
        std::cerr << "match_topics: " << base.error() << '\n';
        return 2;
    }

    url_pattern::set patterns;
    for (std::size_t i = 1; i != arguments.size(); ++i) {
        auto const compiled = read_pattern(arguments[i], *base);
        if (!compiled) {
            std::cerr << "match_topics: " << arguments[i] << ": " << compiled.error() << '\n';
            return 2;
        }
        patterns.add(*compiled); // gets the numbers 0, 1, 2 …
    }

    std::vector<url_pattern::set::index> found;
    for (std::string line; std::getline(std::cin, line);) {
        found.clear();
        patterns.match(url_pattern::topic{line, *base}, found);
        std::cout << line << ':';
        for (auto const index : found) {
            std::cout << ' ' << arguments[index + 1];
        }
        std::cout << std::endl;
    }
}
