#include <sluice/client/gzip_decoder.hpp>

#include <support/gzip_encoder.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <random>
#include <string>
#include <string_view>

namespace sluice {
namespace {

using namespace std::string_view_literals;
using test::gzip_encoder;

/// What has come out once each byte was taken, given in pieces of that size.
std::string decode(std::string_view bytes, std::size_t piece, gzip_decoder& decoder)
{
    std::string text;
    while (!bytes.empty() && !decoder.failed()) {
        auto input = bytes.substr(0, piece);
        bytes.remove_prefix(input.size());
        for (auto part = decoder.next(input); !part.empty(); part = decoder.next(input)) {
            text += part;
        }
        CHECK((input.empty() || decoder.failed()));
    }
    return text;
}

std::string noise(std::size_t size)
{
    std::minstd_rand random{7};
    std::string text(size, '\0');
    std::ranges::generate(text, [&random] { return static_cast<char>(random() >> 8U); });
    return text;
}

} // namespace

TEST_SUITE("client/gzip_decoder")
{
    TEST_CASE("whatever is coded, in pieces of any size")
    {
        std::string const many(300'000, 'x');
        std::string const random = noise(100'000);
        for (auto const text : {""sv, "a"sv, "data: x\n\n"sv, std::string_view{many}, std::string_view{random}}) {
            CAPTURE(text.size());
            auto const coded = gzip_encoder{}.finish(text);
            for (std::size_t const piece : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, coded.size()}) {
                CAPTURE(piece);
                gzip_decoder decoder;
                CHECK(decode(coded, piece, decoder) == text);
                CHECK_FALSE(decoder.failed());
            }
        }
    }

    TEST_CASE("each text that was flushed is there at once, before anything follows")
    {
        gzip_encoder encoder;
        gzip_decoder decoder;
        for (int i = 0; i != 200; ++i) {
            auto const text = "id: " + std::to_string(i) + "\ndata: the same again and again\n\n";
            CHECK(decode(encoder.flush(text), 1 + static_cast<std::size_t>(i) % 9, decoder) == text);
        }
        // References reach back over the whole window.
        auto const large = noise(40'000);
        CHECK(decode(encoder.flush(large), 1000, decoder) == large);
        CHECK(decode(encoder.flush(large.substr(10'000)), 1000, decoder) == large.substr(10'000));
        CHECK(decode(encoder.finish("end"), 1, decoder) == "end");
    }

    TEST_CASE("the fields that a header may have, and members one behind the other")
    {
        auto const plain = gzip_encoder{}.finish("abc");
        auto const deflated = plain.substr(10);
        for (auto const head :
             {"\x1F\x8B\x08\x00______"sv, "\x1F\x8B\x08\x01______"sv, "\x1F\x8B\x08\x04______\x03\x00xyz"sv,
              "\x1F\x8B\x08\x04______\x00\x00"sv, "\x1F\x8B\x08\x08______name\x00"sv, "\x1F\x8B\x08\x10______\x00"sv,
              "\x1F\x8B\x08\x02______cc"sv,
              "\x1F\x8B\x08\x1F______\x01\x00xname\x00note\x00"
              "cc"sv}) {
            std::string three{head};
            three.append(deflated).append(plain).append(head).append(deflated);
            for (std::size_t const piece : {std::size_t{1}, three.size()}) {
                gzip_decoder decoder;
                CHECK(decode(three, piece, decoder) == "abcabcabc");
                CHECK_FALSE(decoder.failed());
            }
        }
    }

    TEST_CASE("what is no gzip fails, and gives nothing more")
    {
        auto const plain = gzip_encoder{}.finish("abc");
        for (auto const bytes :
             {"data: x\n\n"sv, "\x1F\x8B\x07"sv, "\x1F\x8B\x08\x20"sv, "\x1F\x8B\x08\x00______\x07"sv,
              // A reference to what lies before the beginning.
              "\x1F\x8B\x08\x00______\x03\x02"sv}) {
            gzip_decoder decoder;
            CHECK(decode(bytes, 1, decoder).empty());
            CHECK(decoder.failed());
            std::string_view more = plain;
            CHECK(decoder.next(more).empty());
            CHECK(more.size() == plain.size());
        }
    }

    TEST_CASE("bytes that were changed or cut never do harm")
    {
        auto const coded = gzip_encoder{}.finish(noise(2000) + std::string(2000, 'x') + noise(500));
        std::minstd_rand random{11};
        std::size_t failures = 0;
        for (int i = 0; i != 3000; ++i) {
            auto bytes = coded;
            auto& byte = bytes[random() % bytes.size()];
            byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << (random() % 8U)));
            bytes.resize(1 + random() % bytes.size());
            gzip_decoder decoder;
            (void)decode(bytes, 1 + random() % 300, decoder);
            failures += decoder.failed() ? 1U : 0U;
        }
        CHECK(failures > 0);
    }
}

} // namespace sluice
