// A program that takes sluice's URL Patterns and nothing else of it. Ends with 0 when one matches what it should, and a
// bad one is refused.
#include <url_pattern/pattern.hpp>

#include <iostream>

int main()
{
    using namespace sluice::url_pattern;
    auto const base = base_url::parse("https://hub.example/");
    auto const rooms = compile("/chat/:room(\\d+)", *base);
    if (!rooms || !rooms->matches({"/chat/7", *base}) || rooms->matches({"/chat/x", *base})) {
        std::cerr << "consumer_url_pattern: the pattern does not match as it should\n";
        return 1;
    }
    if (compile("/chat/(", *base)) {
        std::cerr << "consumer_url_pattern: what is no pattern was taken for one\n";
        return 1;
    }
}
