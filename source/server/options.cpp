#include "options.hpp"

#include "listen_address.hpp"
#include "option_values.hpp"
#include "toml_config.hpp"
#include "version.hpp"

#include <boost/algorithm/string/case_conv.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <ranges>
#include <string_view>

namespace sluice::server {
namespace {

[[nodiscard]] std::string with(std::string text, char from, char to)
{
    std::ranges::replace(text, from, to);
    return text;
}

/// The token that a file holds; a line end at its end is no part of it.
[[nodiscard]] std::string read_token(std::string const& option, std::string const& path)
{
    errno = 0;
    std::ifstream in{path};
    std::string token{std::istreambuf_iterator<char>{in}, {}};
    if (!in) {
        throw CLI::FileError(fmt::format("{}: cannot read {}: {}", option, path, std::strerror(errno)));
    }
    for (char const end : {'\n', '\r'}) {
        if (token.ends_with(end)) {
            token.pop_back();
        }
    }
    return token;
}

/// The first address at which others than this machine can connect, and how it came.
[[nodiscard]] std::optional<std::string> open_address(options const& o)
{
    for (auto const& [origin, addresses] : {std::pair{"the passed socket", &o.passed}, {"--listen", &o.listen}}) {
        for (auto const& where : *addresses) {
            if (auto const address = parse_listen_address(where); address && is_open_to_others(*address)) {
                return fmt::format("{} {}", origin, where);
            }
        }
    }
    return std::nullopt;
}

/// The declarations of all options: flags, help and where their values go.
class declarations {
public:
    explicit declarations(options& o) : o_{o}
    {
        app_.name("sluice");
        app_.set_version_flag("--version", fmt::format("sluice {}", version));
        app_.set_help_flag("--help", "Print this help and exit");
        app_.option_defaults()->take_last();
        app_.set_config("--config", "", "Read options from this TOML file");
        app_.config_formatter(std::make_shared<toml_config>(app_));
        app_.allow_config_extras(false);
        declare_server();
        declare_sessions();
        declare_streams();
        declare_access();
        declare_log();
    }

    [[nodiscard]] std::optional<early_exit> parse(int argc, char const* const* argv)
    {
        try {
            auto arguments = from_environment(std::vector<std::string>{argv + 1, argv + argc});
            std::ranges::reverse(arguments);
            app_.parse(std::move(arguments));
        } catch (CLI::CallForHelp const&) {
            return early_exit{0, app_.help()};
        } catch (CLI::CallForVersion const&) {
            return early_exit{0, app_.version() + "\n"};
        } catch (CLI::FileError const& e) {
            return early_exit{1, one_line(e.what())};
        } catch (CLI::ParseError const& e) {
            return early_exit{2, one_line(e.what())};
        }
        if (!o_.passed.empty() && app_.count("--listen") == 0) {
            o_.listen.clear();
        }
        o_.test_endpoints = !no_test_endpoints_ && o_.test_endpoints;
        o_.broker.sessions.reconnection = !no_reconnection_;
        if (auto const open = open_address(o_); open && o_.publish_token.empty() && !o_.insecure) {
            return early_exit{2, one_line(fmt::format("{} is open to others, and there is no --publish-token; "
                                                      "--insecure says that this is meant",
                                                      *open))};
        }
        return std::nullopt;
    }

private:
    using setter = std::function<bool(std::string const&)>;

    [[nodiscard]] static std::string one_line(std::string_view what)
    {
        return fmt::format("sluice: {}\n", with(std::string{what}, '\n', ' '));
    }

    /// An option whose value is checked by how it is read.
    void value(std::string const& name, std::string const& type, std::string const& help, setter set)
    {
        auto const read = [name, type, set = std::move(set)](std::string const& text) {
            if (!set(text)) {
                throw CLI::ValidationError(name, fmt::format("'{}' is not {}", text, type));
            }
        };
        app_.add_option_function<std::string>(name, read, help)->type_name("");
    }

    void duration(std::string const& name, std::chrono::milliseconds& to, std::string const& help)
    {
        value(name, "a duration like 250ms, 30s, 5m or 1h", help,
              [&to](std::string const& text) { return assign(to, parse_duration(text)); });
    }

    void positive_duration(std::string const& name, std::chrono::milliseconds& to, std::string const& help)
    {
        value(name, "a duration above 0 like 250ms, 30s, 5m or 1h", help, [&to](std::string const& text) {
            return assign(to, parse_duration(text)) && to > std::chrono::milliseconds{0};
        });
    }

    void size(std::string const& name, std::size_t& to, std::string const& help)
    {
        value(name, "a size like 65536, 64KiB or 1MiB", help,
              [&to](std::string const& text) { return assign(to, parse_size(text)); });
    }

    void number(std::string const& name, std::size_t& to, std::size_t least, std::string const& help)
    {
        value(name, fmt::format("a number of at least {}", least), help, [&to, least](std::string const& text) {
            bool const digits = !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
            return digits && assign(to, parse_size(text)) && to >= least;
        });
    }

    void choice(std::string const& name, std::vector<std::string> const& choices, std::string const& help, setter set)
    {
        value(name, fmt::format("one of {}", fmt::join(choices, ", ")), help,
              [choices, set = std::move(set)](std::string const& text) {
                  return std::ranges::find(choices, text) != choices.end() && set(text);
              });
    }

    template <class T>
    static bool assign(T& to, std::optional<T> const& from)
    {
        to = from.value_or(to);
        return from.has_value();
    }

    void list(std::string const& name, std::vector<std::string>& to, std::string const& help)
    {
        app_.add_option(name, to, help)->delimiter(',')->take_all()->type_name("");
    }

    /// A secret, given or in a file, of which a line end at its end is no part.
    void token(std::string const& name, std::string& to, std::string const& what)
    {
        value("--" + name, "a token", fmt::format("The token that {} need (none)", what),
              [&to](std::string const& text) {
                  to = text;
                  return !text.empty();
              });
        value("--" + name + "-file", "a token", fmt::format("The file that holds it", what),
              [&to, name](std::string const& path) {
                  to = read_token("--" + name + "-file", path);
                  return !to.empty();
              });
    }

    void declare_server()
    {
        list("--listen", o_.listen, "ADDR:PORT, [ADDR]:PORT or unix:PATH; repeatable (127.0.0.1:8080)");
        app_.get_option("--listen")->check([](std::string const& text) {
            return parse_listen_address(text) ? std::string{}
                                              : fmt::format("'{}' is not ADDR:PORT, [ADDR]:PORT or unix:PATH", text);
        });
        number("--threads", o_.threads, 1, "Threads, and shards (the number of CPUs)");
        list("--cors-origin", o_.cors_origins, "An origin that may read, or *; repeatable (none)");
        duration("--drain-timeout", o_.drain_timeout, "How long a drain may take (10s)");
        duration("--drain-spread", o_.broker.streams.drain_spread,
                 "Clients come back after a drain within this time beyond --retry (5s)");
        choice("--log-level", {"trace", "debug", "info", "warn", "error"}, "trace, debug, info, warn or error (info)",
               [this](std::string const& text) { return assign(o_.log_level, std::optional{text}); });
        choice("--log-format", {"text", "json"}, "text or json (text)", [this](std::string const& text) {
            return assign(o_.log_format, std::optional{text == "json" ? log_format::json : log_format::text});
        });
        app_.add_flag("--test-endpoints", o_.test_endpoints, "Serve /broadcast, /send, /disconnect and /stats (on)");
        app_.add_flag("--no-test-endpoints", no_test_endpoints_, "Do not serve them");
    }

    void declare_access()
    {
        token("publish-token", o_.publish_token, "publishing and control");
        token("subscribe-token", o_.subscribe_token, "streams");
        app_.add_flag("--insecure", o_.insecure, "Start without a publish token where others can connect");
    }

    void declare_sessions()
    {
        auto& s = o_.broker.sessions;
        number("--buffer-size", s.buffer_size, 0, "The most events replayed to a session (1000)");
        duration("--buffer-ttl", s.buffer_ttl, "How long a session without a connection is kept (30s)");
        positive_duration("--cleanup-interval", s.cleanup_interval, "How often expired sessions are swept (10s)");
        app_.add_flag("--no-reconnection", no_reconnection_, "No cookie, no buffering, nothing replayed");
        number("--max-sessions", s.max_sessions, 1, "The most sessions, connected or not (1000000)");
        number("--thrash-limit", s.thrash_limit, 1, "Reconnections of a session in 2 s above which it is logged (10)");
        value("--ownership", "a list of user-agent, address, token, or none",
              "What a claim must share with the session: user-agent, address, token, or none (user-agent)",
              [&s](std::string const& text) { return assign(s.ownership, parse_ownership(text)); });
    }

    void declare_streams()
    {
        auto& s = o_.broker.streams;
        duration("--retry", s.retry, "The reconnection time that clients are told (3s)");
        duration("--heartbeat-interval", s.heartbeat_interval,
                 "Silence after which a heartbeat goes out; 0: none (25s)");
        choice("--heartbeat-style", {"event", "comment"}, "event or comment (event)", [&s](std::string const& text) {
            return assign(s.heartbeat_style,
                          std::optional{text == "event" ? heartbeat_style::event : heartbeat_style::comment});
        });
        number("--max-lag", s.max_lag, 1, "Events behind the log's head above which a stream is closed (the log)");
        positive_duration("--write-timeout", s.write_timeout, "A stream that takes nothing for so long is closed (5s)");
        number("--max-connections", s.max_connections, 1, "The most streams (100000)");
    }

    void declare_log()
    {
        auto& l = o_.broker.log;
        number("--log-events", l.max_events, 1, "The most events in the log (65536)");
        size("--log-bytes", l.max_bytes, "The most bytes in the log (64MiB)");
        size("--max-event-bytes", l.max_event_bytes, "The most bytes of one event's data (1MiB)");
    }

    /// The arguments with those that the environment adds: it sets what the command line does not.
    [[nodiscard]] std::vector<std::string> from_environment(std::vector<std::string> arguments) const
    {
        std::vector<std::string> all;
        for (auto const* const option : app_.get_options()) {
            auto const flag = option->get_single_name();
            if (flag == "help" || flag == "version" || is_given(arguments, "--" + flag)) {
                continue;
            }
            auto const variable = "SLUICE_" + with(boost::algorithm::to_upper_copy(flag), '-', '_');
            if (char const* const text = std::getenv(variable.c_str())) {
                all.push_back(fmt::format("--{}={}", flag, text));
            }
        }
        std::ranges::move(arguments, std::back_inserter(all));
        return all;
    }

    [[nodiscard]] static bool is_given(std::vector<std::string> const& arguments, std::string const& flag)
    {
        return std::ranges::any_of(arguments,
                                   [&](std::string const& a) { return a == flag || a.starts_with(flag + "="); });
    }

    options& o_;
    CLI::App app_{"A hub for server-sent events."};
    bool no_test_endpoints_ = false;
    bool no_reconnection_ = false;
};

} // namespace

parsed_options parse_options(int argc, char const* const* argv, std::vector<std::string> passed)
{
    parsed_options parsed;
    parsed.options.passed = std::move(passed);
    parsed.exit = declarations{parsed.options}.parse(argc, argv);
    return parsed;
}

} // namespace sluice::server
