#include <options/did_you_mean.hpp>

#include <doctest/doctest.h>

namespace sluice::server {

TEST_SUITE("server/options/did you mean")
{
    TEST_CASE("near misses · name the nearest")
    {
        std::vector<std::string> const known{"buffer_size", "buffer_ttl", "retry"};
        for (auto const* const name : {"buffer-size", "bufer_size", "buffer_sizes", "bufr_size", "buffre_size"}) {
            CAPTURE(name);
            CHECK(did_you_mean(name, known) == ", did you mean 'buffer_size'?");
        }
        CHECK(did_you_mean("retries", known) == "");
        CHECK(did_you_mean("retri", known) == ", did you mean 'retry'?");
        CHECK(did_you_mean("buffer_ttt", known) == ", did you mean 'buffer_ttl'?");
        for (auto const* const name : {"", "size", "bfr_siz", "frobnicate"}) {
            CAPTURE(name);
            CHECK(did_you_mean(name, known).empty());
        }
        CHECK(did_you_mean(std::string(100'000, 'x'), known).empty());
    }
}

} // namespace sluice::server
