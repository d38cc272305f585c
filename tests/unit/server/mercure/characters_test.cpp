#include <mercure/characters.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace sluice::server::mercure {
namespace {

TEST_SUITE_BEGIN("server/mercure/characters");

TEST_CASE("has_forbidden_characters · control and format characters, and none beside them")
{
    struct row {
        std::string text;
        bool forbidden;
    };
    std::vector<row> const rows{{"", false},
                                {"https://x.example/a b?c=%20", false},
                                {std::string("a\0b", 3), true},
                                {"a\n", true},
                                {"\x1F", true},
                                {" ", false},
                                {"~", false},
                                {"\x7F", true},
                                {"\u0080", true},
                                {"\u009F", true},
                                {"\u00A0", false},
                                {"\u00AC\u00AE", false},
                                {"\u00AD", true},
                                {"\u0600", true},
                                {"\u0606", false},
                                {"a\u200Bb", true},
                                {"\u200A\u2010", false},
                                {std::string{"\xE2\x80"} + '\xAE', true}, // U+202E, by itself
                                {"\u2065", false},
                                {"\uFEFF", true},
                                {"\uFFFB\uFFFC", true},
                                {"\uFFFC", false},
                                {"\U0001F600 \u00E9\u4E2D", false},
                                {"\U000110BC\U000110BE", false},
                                {"\U000110BD", true},
                                {"\U0001D173", true},
                                {"\U000E0001", true},
                                {"\U000E007F", true},
                                {"\U000E0080\U0010FFFF", false}};
    for (auto const& r : rows) {
        CAPTURE(r.text);
        CHECK(has_forbidden_characters(r.text) == r.forbidden);
    }
}

TEST_SUITE_END();

} // namespace
} // namespace sluice::server::mercure
