// Keys that are fetched: --jwks-url, from a server that changes them, hangs, lies and comes back.
#include "minted.hpp"
#include "refused_start.hpp"
#include <support/scripted_server.hpp>

#include <access/jwt/base64url.hpp>
#include <access/jwt/signature.hpp>

using namespace sluice::test;

namespace {

/// A secret for HS256 that belongs to this name.
std::string secret_of(const std::string& kid) { return std::string(32, kid.back()); }

std::string key_set(const std::vector<std::string>& kids)
{
    std::string keys;
    for (const auto& kid : kids) {
        keys += keys.empty() ? "" : ",";
        keys += fmt::format(R"({{"kty":"oct","kid":"{}","k":"{}"}})", kid, jwt::encode_base64url(secret_of(kid)));
    }
    return "{\"keys\":[" + keys + "]}";
}

std::string answered(const std::string& body, const std::string& status = "200 OK")
{
    return fmt::format("HTTP/1.1 {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", status,
                       body.size(), body);
}

/// A token that names its key.
std::string naming(const std::string& kid)
{
    const auto text =
        jwt::encode_base64url(fmt::format(R"({{"alg":"HS256","kid":"{}"}})", kid)) + '.' + jwt::encode_base64url("{}");
    const auto by = jwt::make_secret(secret_of(kid));
    return text + '.' + jwt::encode_base64url(jwt::sign(*jwt::find_algorithm("HS256"), *by, text));
}

http_response stream_with(const server_process& server, const std::string& kid)
{
    http_connection connection(server.port());
    connection.send(stream_options{.headers = bearing(naming(kid))}.to_request());
    return connection.read_head();
}

std::vector<std::string> fetching_from(const scripted_server& keys, std::vector<std::string> more = {})
{
    more.insert(more.end(), {"--jwks-url", keys.url("/jwks.json?x=y")});
    return more;
}

constexpr std::string_view not_fetched = "key set not fetched";

} // namespace

TEST_SUITE("contract/jwks url")
{
    TEST_CASE("a set · is fetched at the start, and when a token names a new key, but not for each such token")
    {
        scripted_server keys([](stream_socket& peer, const std::string&, std::size_t visit) {
            peer.send(answered(visit == 0 ? key_set({"k1"}) : key_set({"k2"})));
        });
        server_process server(fetching_from(keys, {"--threads", "2"}));
        // The first one waits for the fetch if that is under way.
        CHECK(stream_with(server, "k1").status == 200);
        server.wait_for_log("key set fetched");
        CHECK(keys.visits() == 1);
        CHECK(keys.requests().front().starts_with("GET /jwks.json?x=y HTTP/1.1\r\nHost: 127.0.0.1:"));
        for (int i = 0; i != 4; ++i) { // on both threads
            CHECK(stream_with(server, "k2").status == 200);
            CHECK(stream_with(server, "k1").status == 401);
            CHECK(stream_with(server, "k3").status == 401);
        }
        CHECK(keys.visits() == 2);
        // Publishing waits likewise; the file's keys count beside the set's.
        scripted_server others(answered(key_set({"k1"})));
        server_process publishing(with_keys(fetching_from(others)));
        auto headers = bearing(naming("k1"));
        CHECK(request(publishing.port(), {.target = "/stats", .headers = headers}).status == 403);
        CHECK(request(publishing.port(), {.target = "/stats", .headers = as_publisher()}).status == 200);
    }

    TEST_CASE("a set · that is away, refused or no set is tried again, and the older one stays in force")
    {
        std::atomic<bool> is_good = false;
        scripted_server keys([&](stream_socket& peer, const std::string&, std::size_t visit) {
            const std::vector<std::string> bad{"",
                                               answered("{}", "500 Oops"),
                                               answered("[]"),
                                               answered(key_set({})).substr(0, 60),
                                               answered(R"({"keys":[{"kty":"oct","k":"YQ"}]})"),
                                               "nonsense\r\n\r\n"};
            peer.send(is_good ? answered(key_set({"k1"})) : bad[visit % bad.size()]);
        });
        server_process server(fetching_from(keys, {"--jwks-refresh", "20ms"}));
        for (const auto* const reason :
             {"End of file", "the status 500", "is no JSON object", "key 1", "partial message"}) {
            server.wait_for_log(reason);
        }
        CHECK(stream_with(server, "k1").status == 401);
        is_good = true;
        server.wait_for_log("key set fetched");
        CHECK(stream_with(server, "k1").status == 200);
        is_good = false;
        server.wait_for_log(not_fetched, {}, server.log_count(not_fetched) + 3);
        CHECK(stream_with(server, "k1").status == 200);
        CHECK(server.log_count("key set fetched") == 1);
    }

    TEST_CASE("a set · that does not come keeps a request for 3 s at most, and nobody else; then it is tried again")
    {
        const auto hold = reply_and_hold("HTTP/1.1 200 OK\r\n");
        scripted_server keys([&](stream_socket& peer, const std::string& asked, std::size_t visit) {
            if (visit == 1) {
                hold(peer, asked, visit);
            } else {
                peer.send(answered(visit == 0 ? key_set({"k1"}) : key_set({"k1", "k2"})));
            }
        });
        server_process server(fetching_from(keys, {"--threads", "1"}));
        CHECK(stream_with(server, "k1").status == 200);
        http_connection waits(server.port());
        waits.send(stream_options{.headers = bearing(naming("k2"))}.to_request());
        eventually("the set is asked for", [&] { return keys.visits() == 2; });
        CHECK(stream_with(server, "k1").status == 200);
        check_problem(waits.read_response(), 401, "no key has the token's 'kid'");
        server.wait_for_log("no whole answer within 10 s", std::chrono::seconds(30));
        eventually("the set is fetched", [&] { return stream_with(server, "k2").status == 200; });
    }

    TEST_CASE("https · has to be proven, and a wrong address ends the start")
    {
        server_process plain;
        server_process server({"--jwks-url", fmt::format("https://127.0.0.1:{}/", plain.port())});
        server.wait_for_log(not_fetched);
        CHECK(stream_with(server, "k1").status == 401);
        for (const auto* const wrong :
             {"ftp://a.example/", "a.example", "https://", "https://u:p@a.example/", "http://a#b"}) {
            check_refused_start({.arguments = {"--jwks-url", wrong}}, 2, {"--jwks-url", wrong});
        }
        check_refused_start({.arguments = {"--jwks-refresh", "1m"}}, 2, {"--jwks-refresh", "--jwks-url"});
    }
}
