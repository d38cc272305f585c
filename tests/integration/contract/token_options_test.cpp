// Tokens as options: by flag, environment, TOML and file; what is no token; where one is needed to start.
#include "checks.hpp"
#include "refused_start.hpp"
#include "temporary_directory.hpp"
#include <support/event_stream.hpp>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <fmt/format.h>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;
using variables = std::vector<std::pair<std::string, std::string>>;

int publish_status(const server_process& server, const std::string& token)
{
    return request(server.port(),
                   {.method = "POST", .target = "/broadcast?data=x", .headers = {{"Authorization", "Bearer " + token}}})
        .status;
}

struct source_row {
    const char* name;
    strings arguments;
    variables environment;
    std::string toml; ///< empty: no file
    const char* token;
};

/// Every way to give the token, and which wins; `@` stands for the path of a file that holds `from-file`.
const std::vector<source_row> source_rows{
    {"flag", {"--publish-token", "flag"}, {}, "", "flag"},
    {"flag with an equals sign", {"--publish-token=flag=="}, {}, "", "flag=="},
    {"flag that names a file", {"--publish-token-file", "@"}, {}, "", "from-file"},
    {"environment", {}, {{"SLUICE_PUBLISH_TOKEN", "variable"}}, "", "variable"},
    {"environment that names a file", {}, {{"SLUICE_PUBLISH_TOKEN_FILE", "@"}}, "", "from-file"},
    {"TOML", {}, {}, "publish_token = \"toml\"\n", "toml"},
    {"TOML that names a file", {}, {}, "publish_token_file = \"@\"\n", "from-file"},
    {"flag over TOML's file", {"--publish-token", "flag"}, {}, "publish_token_file = \"/nowhere\"\n", "flag"},
    {"flag's file over TOML", {"--publish-token-file", "@"}, {}, "publish_token = \"toml\"\n", "from-file"},
    {"flag over the environment's file",
     {"--publish-token", "flag"},
     {{"SLUICE_PUBLISH_TOKEN_FILE", "/nowhere"}},
     "",
     "flag"},
    {"environment's file over TOML",
     {},
     {{"SLUICE_PUBLISH_TOKEN_FILE", "@"}},
     "publish_token = \"toml\"\n",
     "from-file"},
    {"environment over TOML's file",
     {},
     {{"SLUICE_PUBLISH_TOKEN", "variable"}},
     "publish_token_file = \"/nowhere\"\n",
     "variable"},
    {"flag over TOML that gives both",
     {"--publish-token", "flag"},
     {},
     "publish_token = \"toml\"\npublish_token_file = \"/nowhere\"\n",
     "flag"},
};

server_options to_options(const source_row& row, const temporary_directory& directory)
{
    const auto path = directory.write("token", "from-file\n");
    const auto resolved = [&](std::string text) {
        const auto at = text.find('@');
        return at == std::string::npos ? text : text.replace(at, 1, path);
    };
    server_options options;
    for (const auto& argument : row.arguments) {
        options.arguments.push_back(resolved(argument));
    }
    for (const auto& [name, value] : row.environment) {
        options.environment.emplace_back(name, resolved(value));
    }
    if (!row.toml.empty()) {
        options.arguments.insert(options.arguments.end(),
                                 {"--config", directory.write("sluice.toml", resolved(row.toml))});
    }
    return options;
}

struct end_row {
    const char* name;
    std::string content;
    const char* token;
};

const end_row end_rows[] = {
    {"no line end", "secret", "secret"},
    {"LF", "secret\n", "secret"},
    {"CR LF", "secret\r\n", "secret"},
};

struct content_row {
    const char* name;
    std::string content;
};

/// What a file may hold that is no token; the word `secret` must not be in the error.
const content_row bad_contents[] = {
    {"nothing", ""},
    {"a line end alone", "\n"},
    {"CR LF alone", "\r\n"},
    {"two line ends", "secret\n\n"},
    {"CR alone at the end", "secret\r"},
    {"LF CR", "secret\n\r"},
    {"two lines", "secret\nsecret\n"},
    {"a space before it", " secret\n"},
    {"a space within", "my secret"},
    {"a NUL", std::string("secret\0x", 8)},
    {"no ASCII", "secr\xC3\xA9t-secret"},
    {"a control character", "secret\x1b[31m"},
    {"a quotation mark", "\"secret\""},
    {"more than a header may hold", "secret" + std::string(8200, 'x')},
};

struct value_row {
    const char* name;
    std::string value;
};

const value_row bad_values[] = {
    {"empty", ""},
    {"a space within", "my secret"},
    {"a tab", "secret\t"},
    {"a line end", "secret\n"},
    {"no ASCII", "secret\xE2\x82\xAC"},
    {"padding alone", "="},
    {"a comma", "secret,x"},
};

void check_keeps_secret(const finished_process& result)
{
    CHECK_MESSAGE(result.err.find("secret") == std::string::npos, result.err);
}

struct open_row {
    const char* name;
    strings arguments;
    bool starts;
};

const std::vector<open_row> open_rows{
    {"any IPv4 address", {"--listen", "0.0.0.0:0"}, false},
    {"any IPv6 address", {"--listen", "[::]:0"}, false},
    {"an address of a network", {"--listen", "192.0.2.1:0"}, false},
    {"one of several", {"--listen", "127.0.0.1:0", "--listen", "0.0.0.0:0"}, false},
    {"a subscribe token alone", {"--listen", "0.0.0.0:0", "--subscribe-token", "x"}, false},
    {"--insecure=false", {"--listen", "0.0.0.0:0", "--insecure=false"}, false},
    {"a publish token", {"--listen", "0.0.0.0:0", "--publish-token", "x"}, true},
    {"--insecure", {"--listen", "0.0.0.0:0", "--insecure"}, true},
    {"loopback", {"--listen", "127.0.0.1:0", "--listen", "[::1]:0", "--listen", "127.1.2.3:0"}, true},
    {"localhost", {"--listen", "localhost:0"}, true},
    {"a local socket", {"--listen", "unix:/tmp/x.sock"}, true},
};

} // namespace

TEST_SUITE("contract/token options")
{
    TEST_CASE("publish token · by every source, of which the first wins")
    {
        const temporary_directory directory;
        for_each_row(source_rows, [&](const source_row& row) {
            server_process server(to_options(row, directory));
            CHECK(publish_status(server, row.token) == 200);
            for (const auto* const other : {"flag", "variable", "toml", "from-file", "flag=="}) {
                if (std::string_view(other) != row.token) {
                    CHECK(publish_status(server, other) == 401);
                }
            }
        });
    }

    TEST_CASE("subscribe token · is an option of its own")
    {
        const temporary_directory directory;
        const auto path = directory.write("token", "s\n");
        server_process server(server_options{.arguments = {"--subscribe-token-file", path},
                                             .environment = {{"SLUICE_PUBLISH_TOKEN", "p"}}});
        event_stream stream(server.port(), {.headers = {{"Authorization", "Bearer s"}}});
        stream.connected();
        CHECK(event_stream::refused(server.port(), {.headers = {{"Authorization", "Bearer p"}}}).status == 401);
        CHECK(publish_status(server, "p") == 200);
        CHECK(publish_status(server, "s") == 401);
    }

    TEST_CASE("token file · one line end at its end is no part of the token")
    {
        const temporary_directory directory;
        for_each_row(end_rows, [&](const end_row& row) {
            server_process server({"--publish-token-file", directory.write("token", row.content)});
            CHECK(publish_status(server, row.token) == 200);
        });
    }

    TEST_CASE("token file · what holds no token ends the start with one line, which does not show it")
    {
        const temporary_directory directory;
        for_each_row(bad_contents, [&](const content_row& row) {
            const auto path = directory.write("token", row.content);
            const int status = row.content.size() > 8192 ? 1 : 2;
            for (const std::string name : {"publish-token-file", "subscribe-token-file"}) {
                check_keeps_secret(check_refused_start({.arguments = {"--" + name, path}}, status, {name, path}));
            }
        });
    }

    TEST_CASE("token file · one that cannot be read ends the start with 1")
    {
        const temporary_directory directory;
        const auto missing = directory.file("missing");
        const auto folder = directory.file("");
        for (const std::string name : {"publish-token-file", "subscribe-token-file"}) {
            check_refused_start({.arguments = {"--" + name, missing}}, 1, {name, missing});
            check_refused_start({.arguments = {"--" + name, folder}}, 1, {name, folder});
            check_refused_start({.arguments = {"--" + name, ""}}, 2, {name});
        }
        const auto toml = directory.write("sluice.toml", fmt::format("publish_token_file = \"{}\"\n", missing));
        check_refused_start({.arguments = {"--config", toml}}, 1, {"publish-token-file", missing});
    }

    TEST_CASE("token · what is none ends the start with 2 and one line, which does not show it")
    {
        const temporary_directory directory;
        for_each_row(bad_values, [&](const value_row& row) {
            for (const std::string name : {"publish-token", "subscribe-token"}) {
                const auto* const variable =
                    name == "publish-token" ? "SLUICE_PUBLISH_TOKEN" : "SLUICE_SUBSCRIBE_TOKEN";
                const auto* const key = name == "publish-token" ? "publish_token" : "subscribe_token";
                check_keeps_secret(
                    check_refused_start({.arguments = {fmt::format("--{}={}", name, row.value)}}, 2, {"--" + name}));
                check_keeps_secret(check_refused_start({.environment = {{variable, row.value}}}, 2, {variable}));
                const auto value = boost::json::serialize(boost::json::string(row.value));
                const auto path = directory.write("sluice.toml", fmt::format("{} = {}\n", key, value));
                check_keeps_secret(check_refused_start({.arguments = {"--config", path}}, 2, {path, "line 1", key}));
            }
        });
    }

    TEST_CASE("token · is in no error, wherever it stands by mistake")
    {
        const temporary_directory directory;
        for (const strings& arguments : {strings{"--publish-tokn", "secret"},
                                         {"--publish-tokn=secret"},
                                         {"--publish-token", "a", "--tokn=secret"}}) {
            check_keeps_secret(check_refused_start({.arguments = arguments}, 2, {"tok"}));
        }
        for (const std::string toml :
             {"publish_token = secret\n", "publish_token = \"secret\n", "publish_token = [[\"secret\"]]\n",
              "publish_token = [\"secret\", \"secret\"]\n", "publish_token = \"secret\"\npublish_token = \"secret\"\n",
              "publish_tokn = \"secret\"\n", "publish_token = \"a\\secret\"\n",
              "publish_token = { a = \"secret\" }\n"}) {
            CAPTURE(toml);
            const auto path = directory.write("sluice.toml", toml);
            check_keeps_secret(check_refused_start({.arguments = {"--config", path}}, 2, {path, "line "}));
        }
    }

    TEST_CASE("token and its file · both from one source end the start with 2")
    {
        const temporary_directory directory;
        const auto path = directory.write("token", "secret");
        for (const std::string name : {"publish-token", "subscribe-token"}) {
            const auto file = name + "-file";
            check_keeps_secret(check_refused_start({.arguments = {"--" + name, "secret", "--" + file, path}}, 2,
                                                   {"--" + name + " ", "--" + file}));
        }
        check_keeps_secret(check_refused_start(
            {.environment = {{"SLUICE_PUBLISH_TOKEN", "secret"}, {"SLUICE_PUBLISH_TOKEN_FILE", path}}}, 2,
            {"SLUICE_PUBLISH_TOKEN ", "SLUICE_PUBLISH_TOKEN_FILE"}));
        const auto toml = directory.write(
            "sluice.toml", fmt::format("publish_token = \"secret\"\npublish_token_file = \"{}\"\n", path));
        check_keeps_secret(
            check_refused_start({.arguments = {"--config", toml}}, 2, {"publish_token ", "publish_token_file"}));
    }

    TEST_CASE("open to others · the start is refused without a publish token, unless it is meant")
    {
        for_each_row(open_rows, [](const open_row& row) {
            if (row.starts) {
                config_in_force({.arguments = row.arguments});
            } else {
                check_refused_start(
                    {.arguments = row.arguments}, 2,
                    {row.arguments.back() == "0.0.0.0:0" ? "0.0.0.0:0" : "--listen", "--publish-token", "--insecure"});
            }
        });
    }

    TEST_CASE("open to others · by the environment and by the file too")
    {
        const temporary_directory directory;
        const auto path = directory.write("sluice.toml", "listen = [\"0.0.0.0:0\"]\n");
        check_refused_start({.arguments = {"--config", path}, .add_listen = false}, 2, {"0.0.0.0:0"});
        check_refused_start({.environment = {{"SLUICE_LISTEN", "127.0.0.1:0,0.0.0.0:0"}}, .add_listen = false}, 2,
                            {"0.0.0.0:0"});
        config_in_force({.arguments = {"--config", path}, .environment = {{"SLUICE_INSECURE", "1"}}});
        config_in_force({.arguments = {"--config", path}, .environment = {{"SLUICE_PUBLISH_TOKEN", "x"}}});
    }
}
