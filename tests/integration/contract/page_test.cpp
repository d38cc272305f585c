// The page at /: one self-contained document, and the headers that hold a browser to it. What it does is for
// tests/browser.
#include "checks.hpp"

#include <regex>

using namespace sluice::test;

namespace {

const std::string hash = "'sha256-[A-Za-z0-9+/]{43}='";

std::size_t occurrences(std::string_view text, std::string_view of)
{
    std::size_t count = 0;
    for (auto at = text.find(of); at != std::string_view::npos; at = text.find(of, at + 1)) {
        ++count;
    }
    return count;
}

} // namespace

TEST_SUITE("contract/page")
{
    TEST_CASE("page · HTML that no cache keeps, and every header that a browser's security needs")
    {
        server_process server;
        const auto page = get(server.port(), "/");
        CHECK(page.status == 200);
        CHECK(page.headers.all("Content-Type") == std::vector<std::string>{"text/html; charset=utf-8"});
        CHECK(page.headers.all("Cache-Control") == std::vector<std::string>{"no-store"});
        CHECK(page.headers.all("X-Content-Type-Options") == std::vector<std::string>{"nosniff"});
        CHECK(page.headers.all("Referrer-Policy") == std::vector<std::string>{"no-referrer"});
        CHECK(page.headers.all("X-Frame-Options") == std::vector<std::string>{"DENY"});
        const std::regex policy("default-src 'none'; script-src " + hash + "; style-src " + hash +
                                "; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
                                "frame-ancestors 'none'");
        REQUIRE(page.headers.all("Content-Security-Policy").size() == 1);
        CHECK_MESSAGE(std::regex_match(page.headers.get("Content-Security-Policy"), policy),
                      page.headers.get("Content-Security-Policy"));
        CHECK_FALSE(page.headers.has("Set-Cookie"));
    }

    TEST_CASE("page · one document, with its style and script in it and nothing from elsewhere")
    {
        server_process server;
        const auto body = get(server.port(), "/").body;
        CHECK(body.starts_with("<!doctype html>\n"));
        CHECK(body.ends_with("</html>\n"));
        CHECK(occurrences(body, "<style>") == 1);
        CHECK(occurrences(body, "<script") == 1);
        CHECK(occurrences(body, "<script type=\"module\">") == 1);
        CHECK(occurrences(body, "<link ") == 1);
        CHECK(occurrences(body, "<link rel=\"icon\" href=\"data:") == 1);
        CHECK(occurrences(body, "src=") == 0);
        CHECK(occurrences(body, "\nimport ") == 0);
        CHECK(occurrences(body, "\nexport ") == 0);
        CHECK(occurrences(body, "@import") == 0);
        CHECK(occurrences(body, "url(") == 0);
        // The one address is the name of the SVG vocabulary.
        CHECK(occurrences(body, "https:") == 0);
        CHECK(occurrences(body, "http:") == occurrences(body, "http://www.w3.org/2000/svg"));
    }

    TEST_CASE("page · HEAD has the same header and no body, and the connection goes on")
    {
        server_process server;
        http_connection connection(server.port());
        const auto whole = connection.get("/");
        const auto head = connection.request({.method = "HEAD", .target = "/"});
        CHECK(head.status == 200);
        CHECK(head.body.empty());
        for (const auto* name : {"Content-Type", "Content-Length", "Content-Security-Policy"}) {
            CAPTURE(name);
            CHECK(head.headers.get(name) == whole.headers.get(name));
        }
        CHECK(head.headers.get("Content-Length") == std::to_string(whole.body.size()));
        CHECK(connection.get("/healthz").status == 200);
    }

    TEST_CASE("page · only at /, whatever its query")
    {
        server_process server;
        CHECK(get(server.port(), "/?from=bookmark").status == 200);
        for (const auto* path : {"/index.html", "/main.mjs", "/style.css", "//", "/.", "/page"}) {
            CAPTURE(path);
            check_problem(get(server.port(), path), 404);
        }
    }

    TEST_CASE("page · needs no token, for it is what asks for one")
    {
        server_process server({"--publish-token", "secret", "--subscribe-token", "secret"});
        const auto page = get(server.port(), "/");
        CHECK(page.status == 200);
        CHECK(page.body.find("secret") == std::string::npos);
    }
}
