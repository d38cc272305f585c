#include <sluice/http/chunk.hpp>

#include <chunk_reader.hpp>
#include <doctest/doctest.h>
#include <fixtures.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice {
namespace {

using test::stamped;

TEST_SUITE_BEGIN("http/chunk");

TEST_CASE("chunk_of · holds the frames one behind the other in one chunk, whatever their size")
{
    // Sizes around those at which the size line gets a digit more.
    for (std::size_t const size : {1U, 200U, 216U, 230U, 4000U, 4096U, 65'500U, 65'536U, 1'048'576U}) {
        CAPTURE(size);
        auto const a = stamped(1, {.type = "a", .data = std::string(size, 'x')});
        auto const b = stamped(2, {.type = "b", .data = "y"});
        for (bool const replayed : {false, true}) {
            auto const r = batch_ptr{new batch{std::vector<frame const*>{a.get(), b.get()}, replayed}};
            auto const expected = std::string{a->bytes(replayed)} + std::string{b->bytes(replayed)};
            CHECK(r->payload() == expected);
            test::chunk_reader reader;
            reader.feed(chunk_of(*r));
            CHECK(reader.between_chunks());
            REQUIRE(reader.chunks().size() == 1);
            CHECK(reader.chunks()[0] == expected);
            CHECK(r->events() == 2);
            CHECK(r->replayed() == replayed);
            CHECK(r->to() == 2);
        }
    }
}

TEST_CASE("chunk_of · is made once, in the batch itself")
{
    auto const f = stamped(1);
    batch_ptr const b{new batch{std::vector<frame const*>{f.get()}, false}};
    CHECK(b->framed().empty());
    auto const first = chunk_of(*b);
    CHECK(chunk_of(*b).data() == first.data());
    CHECK(b->payload() == f->live());
    CHECK(first.find(b->payload()) != std::string_view::npos);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
