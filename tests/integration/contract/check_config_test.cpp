// --check-config, and the example file that it must accept.
#include "checks.hpp"
#include "refused_start.hpp"
#include "temporary_directory.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

using namespace sluice::test;

namespace {

std::string example_file()
{
    std::ifstream file(SLUICE_EXAMPLE_FILE);
    REQUIRE(file.is_open());
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The lines that set a value, each ended by LF.
std::string settings_in(const std::string& config)
{
    std::istringstream lines(config);
    std::string settings;
    for (std::string line; std::getline(lines, line);) {
        if (!line.empty() && !line.starts_with('#')) {
            settings += line + "\n";
        }
    }
    return settings;
}

std::string in_force_by_file(const temporary_directory& directory, const std::string& content)
{
    return config_in_force({.arguments = {"--config", directory.write("checked.toml", content)}});
}

/// A value for every option that is not its default.
constexpr const char* everything = R"(listen = ["127.0.0.1:18080", "[::1]:18080", "unix:/tmp/a \"b\".sock"]
operations_listen = "127.0.0.1:18081"
threads = 3
idle_timeout = "10s"
publish_idle_timeout = "7s"
idempotency_window = "8s"
body_memory = "19KiB"
drain_timeout = "11s"
drain_spread = "250ms"
drain_delay = "9s"
publishing = false
presence = true
mercure = true
publish_token_file = "@"
subscribe_token_file = "@"
insecure = true
allowed_host = ["a.example"]
trusted_proxy = ["10.0.0.0/8", "::1"]
cors_origin = ["https://a.example", "*"]
jwt_key_file = ["@"]
jwks_file = ["%"]
jwks_url = "https://a.example/keys"
jwks_refresh = "2h"
jwt_issuer = "https://a.example"
jwt_audience = ["a", "b"]
jwt_leeway = "1m"
jwt_require_exp = true
revocation_ttl = "2h"
anonymous = true
buffer_size = 11
buffer_ttl = "2m"
cleanup_interval = "500ms"
no_reconnection = true
max_sessions = 12
thrash_limit = 13
cookie_name = "hub"
cookie_path = "/hub"
cookie_same_site = "none"
ownership = "address,token"
retry = "1h"
heartbeat_interval = "0s"
heartbeat_style = "comment"
max_lag = 14
write_timeout = "6s"
max_connections = 15
log_events = 16
log_bytes = "17KiB"
max_event_bytes = 1000
log_level = "debug"
log_format = "json"
)";

} // namespace

TEST_SUITE("contract/check config")
{
    TEST_CASE("check · prints every option in force as a file that says the same")
    {
        const temporary_directory directory;
        const auto token = directory.write("token", std::string(32, 'x'));
        const auto set = directory.write("jwks", R"({"keys":[]})");
        const auto with_token = std::regex_replace(std::string(everything), std::regex("@"), token);
        const auto file = std::regex_replace(with_token, std::regex("%"), set);
        const auto printed = in_force_by_file(directory, file);
        CHECK(settings_in(printed) == file);
        CHECK(in_force_by_file(directory, printed) == printed);
    }

    TEST_CASE("check · defaults too, and what is not set as a comment")
    {
        const temporary_directory directory;
        const auto printed = config_in_force({});
        CHECK(in_force_by_file(directory, printed) == printed);
        for (const auto* const line : {"listen = [\"127.0.0.1:8080\"]\n",
                                       "# threads: the CPUs for this process\n",
                                       "buffer_size = 1000\n",
                                       "buffer_ttl = \"30s\"\n",
                                       "cleanup_interval = \"10s\"\n",
                                       "no_reconnection = false\n",
                                       "retry = \"3s\"\n",
                                       "heartbeat_interval = \"25s\"\n",
                                       "heartbeat_style = \"event\"\n",
                                       "# max_lag: ",
                                       "write_timeout = \"5s\"\n",
                                       "max_connections = 100000\n",
                                       "max_sessions = 1000000\n",
                                       "max_event_bytes = \"1MiB\"\n",
                                       "log_events = 65536\n",
                                       "log_bytes = \"64MiB\"\n",
                                       "ownership = \"user-agent\"\n",
                                       "thrash_limit = 10\n",
                                       "# cors_origin: none\n",
                                       "# publish_token: none\n",
                                       "# subscribe_token: none\n",
                                       "insecure = false\n",
                                       "drain_timeout = \"10s\"\n",
                                       "drain_spread = \"5s\"\n",
                                       "log_level = \"info\"\n",
                                       "log_format = \"text\"\n",
                                       "drain_delay = \"0s\"\n",
                                       "# operations_listen: none\n",
                                       "# allowed_host: none\n",
                                       "# trusted_proxy: none\n",
                                       "publishing = true\n"}) {
            CHECK_MESSAGE(printed.find(line) != std::string::npos, line);
        }
    }

    TEST_CASE("check · flags win over the environment, the environment over the file")
    {
        const temporary_directory directory;
        const auto path = directory.write("s.toml", "buffer_size = 1\nretry = \"1s\"\nmax_sessions = 1\n");
        const auto printed = config_in_force({.arguments = {"--config", path, "--buffer-size", "3"},
                                              .environment = {{"SLUICE_BUFFER_SIZE", "2"}, {"SLUICE_RETRY", "2s"}}});
        for (const auto* const line : {"buffer_size = 3\n", "retry = \"2s\"\n", "max_sessions = 1\n"}) {
            CHECK_MESSAGE(printed.find(line) != std::string::npos, line);
        }
    }

    TEST_CASE("check · lists variables that look like options and are none")
    {
        const auto printed = config_in_force({.environment = {{"SLUICE_BUFER_SIZE", "7"},
                                                              {"SLUICE_SERVICE_HOST", "10.0.0.1"},
                                                              {"SLUICE_PORT", "tcp://10.0.0.1:80"},
                                                              {"SLUICE_RETRY", "7s"}}});
        const std::string listed = "\n# Environment\n"
                                   "# SLUICE_BUFER_SIZE is ignored: it is not an option, did you mean "
                                   "'SLUICE_BUFFER_SIZE'?\n"
                                   "# SLUICE_PORT is ignored: it is not an option\n"
                                   "# SLUICE_SERVICE_HOST is ignored: it is not an option\n";
        CHECK_MESSAGE(printed.ends_with(listed), printed);
        CHECK(printed.find("retry = \"7s\"\n") != std::string::npos);
        CHECK(printed.find("buffer_size = 1000\n") != std::string::npos);
    }

    TEST_CASE("check · second names say the same, and only one may be given")
    {
        const auto last = [](std::vector<std::string> arguments) {
            return config_in_force({.arguments = std::move(arguments)});
        };
        for (const auto* const off : {"--no-publishing", "--no-test-endpoints", "--publishing=false",
                                      "--test-endpoints=false", "--no-publishing=true"}) {
            CHECK(last({off}).find("publishing = false\n") != std::string::npos);
        }
        for (const auto* const on : {"--publishing", "--test-endpoints", "--no-publishing=false"}) {
            CHECK(last({on}).find("publishing = true\n") != std::string::npos);
        }
        check_refused_start({.arguments = {"--publishing", "--no-publishing"}}, 2, {"--publishing", "--no-publishing"});
        check_refused_start({.arguments = {"--test-endpoints", "--no-test-endpoints"}}, 2, {"--no-test-endpoints"});
        CHECK(last({"--log-level", "warning"}).find("log_level = \"warn\"\n") != std::string::npos);
        CHECK(
            last({"--buffer-ttl", "2d", "--log-bytes", "1GiB", "--drain-spread", "0"}).find("buffer_ttl = \"2d\"\n") !=
            std::string::npos);
    }

    TEST_CASE("check · masks secrets, wherever they come from")
    {
        const temporary_directory directory;
        const auto path = directory.write("token", "secret\n");
        const auto toml = directory.write("s.toml", "publish_token = \"secret\"\n");
        for (const auto& options : {server_options{.arguments = {"--publish-token", "secret"}},
                                    server_options{.environment = {{"SLUICE_PUBLISH_TOKEN", "secret"}}},
                                    server_options{.arguments = {"--config", toml}},
                                    server_options{.arguments = {"--publish-token-file", path}}}) {
            const auto printed = config_in_force(options);
            CHECK(printed.find("secret") == std::string::npos);
            CHECK(printed.find("# publish_token = \"***\"\n") != std::string::npos);
        }
        CHECK(config_in_force({.arguments = {"--publish-token-file", path}}).find(path) != std::string::npos);
    }

    TEST_CASE("check · finds what a start would find, without listening")
    {
        const temporary_directory directory;
        const auto missing = directory.file("missing");
        const std::string check = "--check-config";
        check_refused_start({.arguments = {check, "--retry", "soon"}}, 2, {"--retry", "soon"});
        check_refused_start({.arguments = {check, "--frobnicate"}}, 2, {"--frobnicate"});
        check_refused_start({.arguments = {check, "--listen", "0.0.0.0:0"}}, 2, {"0.0.0.0:0"});
        check_refused_start({.arguments = {check, "--config", missing}}, 1, {missing});
        check_refused_start({.arguments = {check, "--publish-token-file", missing}}, 1, {missing});
        check_refused_start({.arguments = {check + "=perhaps"}}, 2, {check});
        server_process server;
        const auto taken = fmt::format("127.0.0.1:{}", server.port());
        CHECK(config_in_force({.arguments = {"--listen", taken}}).find(taken) != std::string::npos);
    }

    TEST_CASE("example file · is accepted as it is, and with every default uncommented yields the defaults")
    {
        const temporary_directory directory;
        const auto example = example_file();
        const auto defaults = config_in_force({});
        CHECK(in_force_by_file(directory, example) == defaults);
        const auto uncommented = std::regex_replace(example, std::regex("(^|\n)#([a-z])"), "$1$2");
        CHECK(settings_in(example).empty());
        CHECK(line_count(settings_in(uncommented)) == line_count(settings_in(defaults)));
        CHECK(in_force_by_file(directory, uncommented) == defaults);
    }

    TEST_CASE("example file · each example in it is accepted")
    {
        const temporary_directory directory;
        const auto example = example_file();
        const std::regex line("(?:^|\n)# ([a-z_]+) = ([^\n]*)");
        int found = 0;
        for (auto it = std::sregex_iterator(example.begin(), example.end(), line); it != std::sregex_iterator(); ++it) {
            const auto key = (*it)[1].str();
            CAPTURE(key);
            ++found;
            const bool is_alone = key != "jwt_issuer" && key != "jwt_audience"; // which need a key
            if (is_alone && !key.ends_with("_file")) {                          // whose file is not there
                const auto printed = in_force_by_file(directory, fmt::format("{} = {}\n", key, (*it)[2].str()));
                CHECK(printed != config_in_force({}));
            }
        }
        CHECK(found == 22);
    }
}
