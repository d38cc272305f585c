#include <logs/log_line.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>

using namespace sluice::server;

TEST_SUITE_BEGIN("server/log_line");

TEST_CASE("quote_for_log · text from outside neither ends a line nor drives a terminal")
{
    struct {
        char const* name;
        std::string text;
        char const* quoted;
    } const rows[] = {
        {"nothing", "", R"("")"},
        {"plain text", "a b", R"("a b")"},
        {"quotes and backslashes", R"(a"b\c)", R"("a\"b\\c")"},
        {"line ends and other control characters", std::string{"a\r\n\t\0\x1b\x7f", 7},
         R"("a\u000d\u000a\u0009\u0000\u001b\u007f")"},
        {"the second set of control characters", "\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0",
         "\"\\u0080\\u009b\\u009f\xc2\xa0\""},
        {"line and paragraph separators", "\xe2\x80\xa8\xe2\x80\xa9", R"("\u2028\u2029")"},
        // NOLINTNEXTLINE(misc-misleading-bidirectional): escaped
        {"marks that turn the direction of writing", "\xd8\x9c\xe2\x80\x8f\xe2\x80\xae\xe2\x81\xa6",
         R"("\u061c\u200f\u202e\u2066")"},
        {"letters of any writing", "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80", "\"\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80\""},
        {"bytes that are not UTF-8", "a\xff\xc3", R"("a\ufffd\ufffd")"},
    };
    for (auto const& row : rows) {
        CAPTURE(row.name);
        CHECK(quote_for_log(row.text) == row.quoted);
    }
}

TEST_CASE("quote_for_log · of a long text the beginning")
{
    CHECK(quote_for_log(std::string(512, 'x')) == '"' + std::string(512, 'x') + '"');
    CHECK(quote_for_log(std::string(513, 'x')) == '"' + std::string(512, 'x') + "...\"");
    // A character that the cut goes through is none.
    CHECK(quote_for_log(std::string(511, 'x') + "\xc3\xa9") == '"' + std::string(511, 'x') + "\\ufffd...\"");
}

TEST_CASE("append_fields · texts are quoted, numbers are not, and one that is not known is null")
{
    std::string const words = "a b";
    log_field const all[] = {{"text", words},
                             {"literal", "c"},
                             {"least", std::numeric_limits<std::int64_t>::min()},
                             {"most", std::numeric_limits<std::uint64_t>::max()},
                             {"part", 0.25},
                             {"yes", true},
                             {"known", std::optional<std::uint64_t>{7}},
                             {"unknown", std::optional<std::uint64_t>{}}};
    std::string text;
    append_fields(text, all, log_format::text);
    CHECK(text == R"( text="a b" literal="c" least=-9223372036854775808 most=18446744073709551615 part=0.25)"
                  " yes=true known=7 unknown=null");
    std::string json;
    append_fields(json, all, log_format::json);
    CHECK(json == R"(,"text":"a b","literal":"c","least":-9223372036854775808,"most":18446744073709551615,"part":0.25)"
                  R"(,"yes":true,"known":7,"unknown":null)");
}

TEST_SUITE_END();
