#include <requests/chunk_decoder.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>

using namespace sluice::server;

namespace {

/// What a body came to: its data, and how it ended.
struct outcome {
    std::string data;
    bool is_complete = false;
    unsigned problem = 0;
    std::string rest;
};

outcome decode(std::string_view bytes, std::size_t piece)
{
    chunk_decoder decoder;
    outcome found;
    while (!bytes.empty() && !decoder.is_complete()) {
        auto const part = bytes.substr(0, piece);
        if (decoder.data_left() == 0) {
            auto const taken = decoder.take_framing(part);
            if (taken.has_error()) {
                found.problem = taken.error().status;
                return found;
            }
            bytes.remove_prefix(*taken);
        } else {
            auto const data = part.substr(0, decoder.data_left());
            found.data += data;
            decoder.pass_data(data.size());
            bytes.remove_prefix(data.size());
        }
    }
    found.is_complete = decoder.is_complete();
    found.rest = bytes;
    return found;
}

struct body_row {
    char const* name;
    std::string bytes;
    unsigned problem = 0;
    char const* data = "";
};

} // namespace

TEST_SUITE("server/chunk decoder")
{
    TEST_CASE("a body comes to the same, whatever pieces it comes in")
    {
        body_row const rows[] = {
            {"two chunks", "2\r\nda\r\n4\r\nta=x\r\n0\r\n\r\n", 0, "data=x"},
            {"extensions and trailers", "1;a;b=\"c d\" ; e=f\r\nx\r\n0;g\r\nA: b\r\nC:\r\n\r\n", 0, "x"},
            {"no data", "0\r\n\r\n"},
            {"a bare LF", "1\nx\r\n0\r\n\r\n", 400},
            {"a bare CR in a trailer", "0\r\nA: b\rc\r\n\r\n", 400},
            {"data beyond the size", "1\r\nxy\r\n0\r\n\r\n", 400},
            {"a size of 65 bits", "10000000000000000\r\nx", 400},
            {"a long size line", std::string(20000, '0') + "\r\n", 400},
            {"a long trailer", "0\r\n" + std::string(20000, 'a') + ": b\r\n\r\n", 431},
        };
        for (auto const& r : rows) {
            for (std::size_t const piece : {1U, 2U, 3U, 5U, 100'000U}) {
                CAPTURE(r.name);
                CAPTURE(piece);
                auto const found = decode(r.bytes + "GET", piece);
                CHECK(found.problem == r.problem);
                if (r.problem == 0) {
                    CHECK(found.is_complete);
                    CHECK(found.data == r.data);
                    CHECK(found.rest == "GET");
                }
            }
        }
    }
}
