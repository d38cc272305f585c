// Options by flag, environment and TOML file: the same option everywhere, flags over environment over file.
#include "checks.hpp"
#include "temporary_directory.hpp"
#include <support/event_stream.hpp>

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <cctype>
#include <fstream>
#include <thread>

#include <sys/stat.h>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

using variables = std::vector<std::pair<std::string, std::string>>;

boost::json::object config_of(const server_process& server) { return stats(server.port()).at("config").as_object(); }

std::int64_t buffer_size(const server_process& server) { return integer(config_of(server).at("buffer_size")); }

struct duration_row {
    const char* name; ///< the duration
    double seconds;
};

constexpr duration_row durations[] = {{"250ms", 0.25}, {"1500ms", 1.5}, {"30s", 30},
                                      {"5m", 300},     {"1h", 3600},    {"90s", 90}};

struct size_row {
    const char* name; ///< the size
    std::size_t bytes;
};

constexpr size_row sizes[] = {{"1000", 1000}, {"2KiB", 2048}, {"1MiB", 1024 * 1024}};

struct switch_row {
    const char* name; ///< the variable's value
    bool reconnection;
};

constexpr switch_row switches[] = {{"true", false}, {"1", false}, {"false", true}, {"0", true}};

struct start_row {
    const char* name;
    variables environment;
    const char* toml; ///< empty: no file
    std::vector<std::string> arguments;
    std::int64_t buffer_size;
};

const std::vector<start_row> precedence_rows{
    {"default", {}, "", {}, 1000},
    {"flag", {}, "", {"--buffer-size", "5"}, 5},
    {"flag with an equals sign", {}, "", {"--buffer-size=5"}, 5},
    {"environment", {{"SLUICE_BUFFER_SIZE", "6"}}, "", {}, 6},
    {"file", {}, "buffer_size = 7\n", {}, 7},
    {"environment over file", {{"SLUICE_BUFFER_SIZE", "6"}}, "buffer_size = 7\n", {}, 6},
    {"flag over environment", {{"SLUICE_BUFFER_SIZE", "6"}}, "", {"--buffer-size", "5"}, 5},
    {"flag over file", {}, "buffer_size = 7\n", {"--buffer-size", "5"}, 5},
    {"flag over both", {{"SLUICE_BUFFER_SIZE", "6"}}, "buffer_size = 7\n", {"--buffer-size", "5"}, 5},
    {"unknown variables are ignored", {{"SLUICE_PORTS", "x"}, {"SLUICE_SERVICE_HOST", "y"}}, "", {}, 1000},
    {"so is what Kubernetes calls SLUICE_PORT", {{"SLUICE_PORT", "tcp://10.0.0.1:8080"}}, "", {}, 1000},
    {"comments and blanks in a file", {}, "# comment\n\n  buffer_size  =  7  # seven\n", {}, 7},
};

struct bad_toml_row {
    const char* name;
    const char* toml;
    const char* named;
};

constexpr bad_toml_row bad_toml_rows[] = {
    {"an unknown key", "frobnicate = 1\n", "frobnicate"},
    {"a key with a hyphen", "buffer-size = 1\n", "'buffer-size' is not an option, did you mean 'buffer_size'?"},
    {"a misspelt key", "bufer_sizes = 1\n", "did you mean 'buffer_size'?"},
    {"an unknown table", "[server]\nbuffer_size = 1\n", "server"},
    {"a bad duration", "buffer_ttl = \"30\"\n", "buffer_ttl"},
    {"a word for a number", "buffer_size = \"ten\"\n", "buffer_size"},
    {"a number as a text", "retry = \"1s\"\nbuffer_size = \"1\"\n",
     "bad.toml: line 2: buffer_size: the value is not an integer"},
    {"a port as a text", "port = \"0\"\n", "line 1: port: the value is not an integer"},
    {"a number with a fraction", "buffer_size = 1.0\n", "line 1: buffer_size: the value is not an integer"},
    {"a number in a list", "buffer_size = [1]\n", "line 1: buffer_size: the value is not an integer"},
    {"a size as a switch", "log_bytes = true\n", "line 1: log_bytes: the value is not an integer or a string"},
    {"a duration without a unit", "retry = 5\n", "line 1: retry: '5' is not a duration"},
    {"a token as a number", "publish_token = 0x10\n", "line 1: publish_token: the value is not a string"},
    {"a token as a switch", "publish_token = true\n", "line 1: publish_token: the value is not a string"},
    {"a number in a list of texts", "allowed_host = [\"a.example\", 1]\n",
     "line 1: allowed_host: the value is not a string"},
    {"a negative number", "buffer_size = -1\n", "buffer_size"},
    {"a switch that is none", "no_reconnection = \"perhaps\"\n", "no_reconnection"},
    {"a switch as a number", "no_reconnection = 1\n", "no_reconnection"},
    {"a switch as a text", "no_reconnection = \"true\"\n", "no_reconnection"},
    {"a cookie's name that is none", "cookie_name = \"a;b\"\n", "cookie_name"},
    {"a cookie's path that is none", "cookie_path = \"hub\"\n", "cookie_path"},
    {"a path that does not fit the name", "cookie_path = \"/hub\"\ncookie_name = \"__Host-hub\"\n", "cookie_path"},
    {"a key twice", "buffer_size = 1\nbuffer_size = 2\n", "buffer_size"},
    {"broken TOML", "buffer_size = = 1\n", "line 1"},
};

struct bad_variable_row {
    const char* name; ///< the variable
    const char* value;
};

constexpr bad_variable_row bad_variables[] = {{"SLUICE_BUFFER_SIZE", "many"},
                                              {"SLUICE_BUFFER_TTL", "30"},
                                              {"SLUICE_NO_RECONNECTION", "perhaps"},
                                              {"SLUICE_LISTEN", "nowhere"},
                                              {"SLUICE_HEARTBEAT_STYLE", "loud"}};

/// Whether the line names the option, in whatever spelling: the variable, the key or the flag.
bool names_option(const std::string& line, const std::string& option)
{
    if (line.find(option) != std::string::npos) {
        return true;
    }
    std::string flag = "--";
    for (const char c : option.starts_with("SLUICE_") ? option.substr(7) : option) {
        flag += c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return line.find(flag) != std::string::npos;
}

finished_process check_refused(const server_options& options, int code)
{
    const auto result = run_server(options);
    INFO("standard error: " << result.err);
    CHECK(to_string(result.status) == to_string(exit_status{.code = code, .signal = 0}));
    CHECK(result.out.empty());
    CHECK(line_count(result.err) == 1);
    return result;
}

} // namespace

TEST_SUITE("contract/options")
{
    TEST_CASE("sources · flags win over the environment, the environment over the file")
    {
        const temporary_directory directory;
        for_each_row(precedence_rows, [&](const start_row& row) {
            server_options options{.arguments = row.arguments, .environment = row.environment};
            const std::string toml = row.toml;
            if (!toml.empty()) {
                options.arguments.insert(options.arguments.end(), {"--config", directory.write("s.toml", toml)});
            }
            server_process server(options);
            CHECK(buffer_size(server) == row.buffer_size);
        });
    }

    TEST_CASE("durations · milliseconds, seconds, minutes, hours")
    {
        for_each_row(durations, [](const duration_row& row) {
            server_process server({"--buffer-ttl", row.name});
            CHECK(config_of(server).at("buffer_ttl_seconds").to_number<double>() == doctest::Approx(row.seconds));
        });
        server_process zero({"--heartbeat-interval", "0", "--drain-spread", "0"});
        CHECK(get(zero.port(), "/healthz").status == 200);
    }

    TEST_CASE("sizes · plain bytes, KiB, MiB")
    {
        for_each_row(sizes, [](const size_row& row) {
            server_process server({"--max-event-bytes", row.name});
            const auto* const form = "application/x-www-form-urlencoded";
            CHECK(post(server.port(), "/broadcast", form, "data=" + std::string(row.bytes, 'x')).status == 200);
            CHECK(post(server.port(), "/broadcast", form, "data=" + std::string(row.bytes + 1, 'x')).status == 413);
        });
    }

    TEST_CASE("switches · true, false, 1 and 0 in the environment")
    {
        for_each_row(switches, [](const switch_row& row) {
            server_process server(server_options{.environment = {{"SLUICE_NO_RECONNECTION", row.name}}});
            CHECK(config_of(server).at("reconnection_enabled") == row.reconnection);
        });
    }

    TEST_CASE("file · every kind of value")
    {
        const temporary_directory directory;
        const auto path = directory.write("sluice.toml", "listen = [\"127.0.0.1:0\", \"[::1]:0\"]\n"
                                                         "threads = 2\n"
                                                         "buffer_size = 11\n"
                                                         "buffer_ttl = \"2m\"\n"
                                                         "cleanup_interval = \"500ms\"\n"
                                                         "no_reconnection = true\n"
                                                         "retry = \"1s\"\n"
                                                         "heartbeat_interval = 0\n"
                                                         "heartbeat_style = \"comment\"\n"
                                                         "max_event_bytes = \"1KiB\"\n"
                                                         "log_bytes = 1048576\n"
                                                         "cors_origin = [\"https://a.example\"]\n");
        server_process server(server_options{.arguments = {"--config", path}, .add_listen = false});
        CHECK(server.listening().front().starts_with("http://127.0.0.1:"));
        CHECK(server.log().find("error") == std::string::npos);
        const auto config = config_of(server);
        CHECK(integer(config.at("buffer_size")) == 11);
        CHECK(integer(config.at("buffer_ttl_seconds")) == 120);
        CHECK(config.at("cleanup_interval_seconds").to_number<double>() == doctest::Approx(0.5));
        CHECK(config.at("reconnection_enabled") == false);
        event_stream stream(server.port(), {.headers = {{"Origin", "https://a.example"}}});
        CHECK(stream.next().retry == 1000);
        CHECK(stream.response().headers.get("Access-Control-Allow-Origin") == "https://a.example");
        CHECK(post(server.port(), "/broadcast?data=" + std::string(1025, 'x')).status == 413);
    }

    TEST_CASE("file · may be a pipe")
    {
        const temporary_directory directory;
        const auto path = directory.file("pipe");
        REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
        std::jthread writer([&path] { std::ofstream(path) << "buffer_size = 13\n"; });
        server_process server({"--config", path});
        CHECK(buffer_size(server) == 13);
    }

    TEST_CASE("file · what is wrong ends the start with 2 and one line that names it")
    {
        const temporary_directory directory;
        for_each_row(bad_toml_rows, [&](const bad_toml_row& row) {
            const auto path = directory.write("bad.toml", row.toml);
            const auto result = check_refused({.arguments = {"--config", path}}, 2);
            CHECK_MESSAGE(names_option(result.err, row.named), result.err);
        });
    }

    TEST_CASE("file · one that cannot be read ends the start with 1")
    {
        const temporary_directory directory;
        const auto path = directory.file("missing.toml");
        CHECK(check_refused({.arguments = {"--config", path}}, 1).err.find(path) != std::string::npos);
        CHECK(check_refused({.arguments = {"--config", directory.file("")}}, 1).err.find("sluice-") !=
              std::string::npos);
    }

    TEST_CASE("environment · lists are separated by commas")
    {
        server_process server(
            server_options{.environment = {{"SLUICE_LISTEN", "127.0.0.1:0,[::1]:0"}}, .add_listen = false});
        CHECK(server.listening().front().starts_with("http://127.0.0.1:"));
        CHECK(get(server.port(), "/healthz").status == 200);
    }

    TEST_CASE("environment · the file can be named there too")
    {
        const temporary_directory directory;
        const auto path = directory.write("sluice.toml", "buffer_size = 12\n");
        server_process server(server_options{.environment = {{"SLUICE_CONFIG", path}}});
        CHECK(buffer_size(server) == 12);
    }

    TEST_CASE("environment · a bad value ends the start with 2 and one line that names it")
    {
        for_each_row(bad_variables, [](const bad_variable_row& row) {
            const auto result = check_refused({.environment = {{row.name, row.value}}, .add_listen = false}, 2);
            CHECK_MESSAGE(names_option(result.err, row.name), result.err);
        });
    }
}
