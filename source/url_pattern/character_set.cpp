#include <url_pattern/character_set.hpp>

#include <url_pattern/parts.hpp>

#include <re2/re2.h>

#include <algorithm>
#include <array>

namespace sluice::url_pattern {

namespace {

constexpr std::size_t first_visible = 0x20;
constexpr std::size_t last_visible = 0x7E;

} // namespace

character_set set_of(char c) { return character_set{}.set(static_cast<unsigned char>(c)); }

character_set set_of_range(char32_t first, char32_t last)
{
    character_set set;
    for (auto c = first; c <= last && c < set.size(); ++c) {
        set.set(c);
    }
    return set;
}

std::optional<character_set> class_escape(char letter)
{
    auto const digits = set_of_range('0', '9');
    auto const words = digits | set_of_range('a', 'z') | set_of_range('A', 'Z') | set_of('_');
    auto const spaces = set_of_range('\t', '\r') | set_of(' ');
    switch (letter) {
    case 'd':
        return digits;
    case 'D':
        return ~digits;
    case 's':
        return spaces;
    case 'S':
        return ~spaces;
    case 'w':
        return words;
    case 'W':
        return ~words;
    default:
        return std::nullopt;
    }
}

std::optional<character_set> property(std::string_view name)
{
    if (name == "Any" || name == "ASCII") {
        return ~character_set{};
    }
    if (name == "Alphabetic") {
        return property("L");
    }
    for (std::string_view const key : {"gc=", "General_Category="}) {
        if (name.starts_with(key)) {
            name.remove_prefix(key.size());
        }
    }
    static constexpr std::array<std::string_view, 37> categories{
        "L",  "Lu", "Ll", "Lt", "Lm", "Lo", "LC", "M",  "Mn", "Mc", "Me", "N",  "Nd",
        "Nl", "No", "P",  "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S",  "Sm", "Sc",
        "Sk", "So", "Z",  "Zs", "Zl", "Zp", "C",  "Cc", "Cf", "Cs", "Co"};
    if (std::ranges::find(categories, name) == categories.end()) {
        return std::nullopt;
    }
    if (name == "LC") {
        name = "L"; // within ASCII
    }
    re2::RE2 const category{"\\p{" + std::string{name} + "}"};
    character_set set;
    for (std::size_t i = 0; i != set.size(); ++i) {
        auto const c = static_cast<char>(i);
        set.set(i, re2::RE2::FullMatch(re2::StringPiece{&c, 1}, category));
    }
    return set;
}

std::string expression_of(character_set const& set)
{
    std::string ranges;
    std::size_t count = 0;
    char last = '\0';
    for (std::size_t i = first_visible; i <= last_visible;) {
        if (!set.test(i)) {
            ++i;
            continue;
        }
        auto const begin = i;
        while (i <= last_visible && set.test(i)) {
            ++i;
        }
        count += i - begin;
        last = static_cast<char>(i - 1);
        ranges += quoted({std::array{static_cast<char>(begin)}.data(), 1});
        if (i - begin > 1) {
            ranges += '-';
            ranges += quoted({&last, 1});
        }
    }
    if (count == 0) {
        return R"([^\x00-\xff])"; // nothing matches it
    }
    return count == 1 ? quoted({&last, 1}) : "[" + ranges + "]";
}

} // namespace sluice::url_pattern
