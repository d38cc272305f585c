#include <access/jwt/base64url.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace sluice::server::jwt;

TEST_SUITE("server/access/jwt")
{
    TEST_CASE("base64url · what is encoded is decoded, whatever the bytes and their number")
    {
        std::string bytes;
        for (int i = 0; i != 600; ++i) {
            auto const text = encode_base64url(bytes);
            CHECK(text.find_first_of("+/= ") == std::string::npos);
            CHECK(decode_base64url(text) == bytes);
            bytes += static_cast<char>(i * 7 + i / 256);
        }
        CHECK(encode_base64url("\xfb\xff") == "-_8");
        CHECK(encode_base64url("foobar") == "Zm9vYmFy");
    }

    TEST_CASE("base64url · what is not canonical is refused")
    {
        for (std::string const text : {"Zg==", "Zg=", "Zg\n", " Zg", "Zh", "Zm9", "Zm-", "Z", "A", "Zm9vA", "Zm9vY",
                                       "+_8", "-/8", "Zg%3D", "Z.g", "Zm9v\x80", "-_9"}) {
            CAPTURE(text);
            CHECK_FALSE(decode_base64url(text).has_value());
        }
        CHECK_FALSE(decode_base64url(std::string("Zg\0", 3)).has_value());
        CHECK(decode_base64url("Zg") == "f");
        CHECK(decode_base64url("Zm8") == "fo");
        CHECK(decode_base64url("") == "");
    }
}
