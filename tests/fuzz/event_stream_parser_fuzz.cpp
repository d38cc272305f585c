// Feeds the parser with the input, whole and cut into pieces, and compares what it says with the reference parser. The
// first two bytes of the input say how it is cut.

#include "fuzz_words.hpp"
#include "reference_parser.hpp"
#include <sluice/client/event_stream_parser.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <string_view>

namespace {

constexpr char const* words[] = {
    "\n",   "\r",   "\r\n", "\n\n",     "data:", "data: ", "id:",  "event:", "retry:1", ":",
    "\xEF", "\xBB", "\xBF", "\xF0\x9F", "\xED",  "\xA0",   "data", "id\n",   "0",       "9"};

} // namespace

std::span<char const* const> const fuzz_words{words};

namespace {

using sluice::event_stream_parser;
using sluice::event_view;
using sluice::test::parse_by_reference;
using sluice::test::reference_result;

struct parsed {
    reference_result result;
    bool failed = false;

    friend bool operator==(parsed const&, parsed const&) = default;
};

/// Takes pieces of at most `longest` bytes, of sizes drawn from `seed`. Each piece lies in memory of its own: a view
/// that outlives it is a use after free.
parsed parse(std::string_view stream, std::size_t longest, std::size_t limit, unsigned seed)
{
    event_stream_parser parser{limit};
    parsed all;
    std::minstd_rand random{seed};
    while (!stream.empty() && !parser.failed()) {
        std::size_t const size = std::min<std::size_t>(stream.size(), 1 + random() % longest);
        std::string const piece{stream.substr(0, size)};
        std::string_view input = piece;
        event_view e;
        while (parser.next(input, e)) {
            all.result.events.push_back(
                {.type = std::string{e.type}, .data = std::string{e.data}, .last_event_id = parser.last_event_id()});
        }
        stream.remove_prefix(size);
    }
    all.result.last_event_id = parser.last_event_id();
    if (parser.retry()) {
        all.result.retry = static_cast<std::uint64_t>(parser.retry()->count());
    }
    all.failed = parser.failed();
    return all;
}

void require(bool holds, char const* what)
{
    if (!holds) {
        std::fprintf(stderr, "event_stream_parser: %s\n", what);
        std::abort();
    }
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer names it
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size < 2) {
        return 0;
    }
    unsigned const seed = data[0] + 1U;
    std::size_t const longest = data[1] + std::size_t{1};
    std::string_view const stream{reinterpret_cast<char const*>(data) + 2, size - 2};
    constexpr auto whole = std::numeric_limits<std::size_t>::max() / 2;
    constexpr auto no_limit = event_stream_parser::default_max_event_bytes;

    auto const expected = parse_by_reference(stream);
    require(parse(stream, whole, no_limit, 1) == parsed{expected, false}, "whole, it differs from the reference");
    require(parse(stream, longest, no_limit, seed) == parsed{expected, false},
            "in pieces, it differs from the reference");
    require(parse(stream, 1, no_limit, 1) == parsed{expected, false}, "byte by byte, it differs from the reference");

    std::size_t const limit = data[1] % 64U;
    auto const limited = parse(stream, whole, limit, 1);
    require(parse(stream, longest, limit, seed) == limited, "with a limit, pieces change what it says");
    require(limited.failed || limited.result == expected, "without a failure, something was lost");
    return 0;
}
