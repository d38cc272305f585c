// `sluice token`, in the process of the test.
#include <token/token_command.hpp>

#include <doctest/doctest.h>
#include <token/token_options.hpp>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

namespace sluice::server {
namespace {

std::string key_path(std::string const& name) { return std::string{SLUICE_JWT_KEYS} + "/" + name; }

token_outcome run(std::vector<std::string> const& arguments) { return run_token_command(arguments); }

/// With a secret and further arguments. The token has no line end.
std::string made(std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), {"make", "--key-file", key_path("secret")});
    auto outcome = run(arguments);
    CAPTURE(outcome.error);
    REQUIRE(outcome.status == 0);
    REQUIRE(outcome.output.ends_with('\n'));
    outcome.output.pop_back();
    return outcome.output;
}

token_outcome checked(std::string const& token, std::vector<std::string> arguments = {})
{
    arguments.insert(arguments.begin(), {"check", token, "--jwt-key-file", key_path("secret")});
    return run(arguments);
}

bool has_line(std::string const& output, std::string const& line)
{
    return ("\n" + output).find("\n" + line + "\n") != std::string::npos;
}

struct refused_row {
    std::vector<std::string> arguments;
    int status;
    char const* error; ///< what the line contains
};

std::vector<refused_row> refused_rows()
{
    auto const secret = key_path("secret");
    auto const make = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"make", "--key-file", secret});
        return arguments;
    };
    std::string const long_topic(13'000, 'x');
    return {
        {{}, 2, "make or check is missing"},
        {{"print"}, 2, "'print' is neither make nor check"},
        {{"make"}, 2, "--key-file is missing"},
        {{"make", "--key-file"}, 2, "--key-file: its value is missing"},
        {{"make", "--key-file", "--publish", "x"}, 2, "--key-file: its value is missing"},
        {{"make", "--key-file="}, 2, "--key-file: its value is missing"},
        {{"make", "--keyfile", secret}, 2, "did you mean '--key-file'?"},
        {make({}), 2, "it would grant nothing"},
        {make({"--publish", "x", "y"}), 2, "'y' is not an option"},
        {make({"--publish", "x", "--subject", "a", "--subject", "b"}), 2, "--subject: it is given twice"},
        {make({"--publish", "pattern:/x"}), 2, "needs --dialect 1.0"},
        {make({"--publish", "template:/{x}", "--dialect", "1.0"}), 2, "needs --dialect 0.x"},
        {make({"--publish", "/{x}"}), 2, "URI template"},
        {make({"--publish", "template:"}), 2, "names nothing"},
        {make({"--publish", "x", "--dialect", "2.0"}), 2, "--dialect: '2.0'"},
        {make({"--publish", "x", "--alg", "RS256"}), 2, "--alg: RS256 cannot be used with the key"},
        {make({"--publish", "x", "--alg", "none"}), 2, "--alg: 'none' is none of"},
        {make({"--publish", "x", "--expires-in", "0"}), 2, "--expires-in: '0'"},
        {make({"--publish", "x", "--expires-in", "500ms"}), 2, "--expires-in: '500ms'"},
        {make({"--publish", "x", "--subject", "\xff"}), 2, "--subject: its value is not UTF-8"},
        {make({"--publish", long_topic}), 2, "more than 16384 bytes"},
        {{"make", "--publish", "x", "--key-file", "/nonexistent/key"}, 1, "cannot read /nonexistent/key"},
        {{"make", "--publish", "x", "--key-file", key_path("rsa.public.pem")}, 1, "holds no private key"},
        {{"make", "--publish", "x", "--key-file", key_path("encrypted.private.pem")}, 1, "is encrypted"},
        {{"check"}, 2, "the token is missing"},
        {{"check", "a", "b"}, 2, "one token at a time"},
        {{"check", "a", "--jwt-require-exp=1"}, 2, "--jwt-require-exp: it takes no value"},
        {{"check", "a", "--jwt-leeway", "soon"}, 2, "--jwt-leeway: 'soon'"},
        {{"check", "a", "--jwt-key-file", key_path("rsa1024.public.pem")}, 1, "has 1024 bits"},
        {{"check", "a", "--jwt-key-file", key_path("rsa.private.pem")}, 1, "holds a private key"},
        {{"check", "a", "--jwks-file", secret}, 1, "is no JSON object"},
    };
}

} // namespace

TEST_SUITE("server/token")
{
    TEST_CASE("token · a wrong command is told in one line, with its status")
    {
        for (auto const& row : refused_rows()) {
            CAPTURE(row.error);
            auto const outcome = run(row.arguments);
            CAPTURE(outcome.error);
            CHECK(outcome.status == row.status);
            CHECK(outcome.output.empty());
            CHECK(outcome.error.find(row.error) != std::string::npos);
            CHECK(outcome.error.find('\n') == std::string::npos);
        }
    }

    TEST_CASE("token · help wins, and names every option")
    {
        auto const outcome = run({"make", "--publish", "x", "--help"});
        CHECK(outcome.status == 0);
        for (auto const options : {make_options(), check_options()}) {
            for (auto const& o : options) {
                CHECK(outcome.output.find("  --" + std::string{o.flag}) != std::string::npos);
            }
        }
    }

    TEST_CASE("token · check says what make was asked for")
    {
        auto const token =
            made({"--subscribe", "a", "--subscribe=template:/b/{c}", "--publish", "*", "--subject", "alice",
                  "--token-id", "t1", "--expires-in", "1h", "--issuer", "joe", "--audience", "hub"});
        auto const outcome = checked(token, {"--jwt-issuer", "joe", "--jwt-audience", "hub", "--jwt-require-exp"});
        CAPTURE(outcome.output);
        CHECK(outcome.status == 0);
        for (std::string const line : {"the token is good (Mercure 0.x)", "subject: alice", "token id: t1",
                                       "subscribe: a", "subscribe: template:/b/{c}", "publish: *"}) {
            CAPTURE(line);
            CHECK(has_line(outcome.output, line));
        }
        CHECK(outcome.output.find("expires: 20") != std::string::npos);

        auto const other = checked(made({"--subscribe", "pattern:/b/:c", "--publish", "{a}", "--dialect", "1.0"}));
        CAPTURE(other.output);
        CHECK(has_line(other.output, "the token is good (Mercure 1.0)"));
        CHECK(has_line(other.output, "subscribe: pattern:/b/:c"));
        CHECK(has_line(other.output, "publish: {a}"));
        CHECK(has_line(other.output, "expires: never"));
        CHECK(other.output.find("token id: ") != std::string::npos);
    }

    TEST_CASE("token · check names each check that fails")
    {
        auto const outcome =
            checked(made({"--publish", "x"}), {"--jwt-issuer", "joe", "--jwt-audience", "hub", "--jwt-require-exp"});
        CHECK(outcome.status == 1);
        CHECK(outcome.error.empty());
        CHECK(outcome.output == "fails: the token has no 'exp', which is required here\n"
                                "fails: the token has no 'iss', and an issuer is required here\n"
                                "fails: the token has no 'aud', and an audience is required here\n");
        CHECK(run({"check", made({"--publish", "x"})}).output == "fails: there is no key to verify tokens with\n");
    }

    TEST_CASE("token · what a token says does not reach the terminal as control characters")
    {
        auto const outcome = checked(made({"--publish", "x", "--subject",
                                           "a\x1b[2J\nb\xc2\x9b"
                                           "c\xc3\xa9"}));
        CHECK(has_line(outcome.output, "subject: a?[2J?b?c\xc3\xa9"));
    }

    TEST_CASE("token · every kind of key signs with its own algorithm unless another is named")
    {
        for (std::string const kind : {"rsa", "p256", "p384", "p521", "ed25519"}) {
            CAPTURE(kind);
            auto outcome = run({"make", "--publish", "x", "--key-file", key_path(kind + ".private.pem")});
            REQUIRE(outcome.status == 0);
            outcome.output.pop_back();
            CHECK(run({"check", outcome.output, "--jwt-key-file", key_path(kind + ".public.pem")}).status == 0);
        }
        CHECK(checked(made({"--publish", "x", "--alg", "HS512"})).status == 0);
    }
}

} // namespace sluice::server
