#include "declaration.hpp"
#include "groups.hpp"
#include "kinds.hpp"
#include "listen_address.hpp"
#include <url_pattern/topic.hpp>

#include <algorithm>
#include <array>
#include <limits>

namespace sluice::server {
namespace {

using namespace std::chrono_literals;

/// An alternative spelling of `option`. Only `option` itself is printed as being in force.
[[nodiscard]] declaration instead_of(std::string const& option, declaration d)
{
    d.excludes = option;
    d.get = [](options const&) { return std::vector<std::string>{}; };
    d.copy = [](options&, options const&) {};
    d.same = [](options const&, options const&) { return true; };
    return d;
}

[[nodiscard]] bool is_listen_address(std::string const& text) { return parse_listen_address(text).has_value(); }

void add_listen(std::vector<declaration>& all)
{
    auto const address =
        text("ADDRESS", "ADDR:PORT, [ADDR]:PORT, :PORT, unix:PATH or unix:PATH?mode=0660", is_listen_address);
    all.push_back(declare_list(
        "listen", address, 1, of_server(&options::listen),
        {.group = option_group::server,
         .summary = "Where to listen: ADDR:PORT, [ADDR]:PORT, :PORT or unix:PATH; repeatable",
         .details =
             "Without ADDR the server listens on every address, IPv4 and IPv6. Port 0 takes a free port, which the "
             "ready line names. A stale socket file is replaced; unix:PATH?mode=0660 sets its permissions. An "
             "address to which other machines can connect needs a publish token, or insecure."}));
    value_kind<std::vector<std::string>> const port{
        .placeholder = "N",
        .expected = "a port from 0 to 65535",
        .read = [](std::string const& given) -> std::optional<std::vector<std::string>> {
            auto const here = "127.0.0.1:" + given;
            return parse_listen_address(here) ? std::optional{std::vector{here}} : std::nullopt;
        },
        .write = nullptr,
        .form = toml_form::integer};
    all.push_back(instead_of(
        "listen", declare("port", port, of_server(&options::listen),
                          {.group = option_group::server,
                           .summary = "Listen on 127.0.0.1:N",
                           .details = "Its short form is -p. It replaces listen, and cannot be given beside it. The "
                                      "variable SLUICE_PORT is ignored if it is a URL, as Kubernetes sets it for a "
                                      "service called sluice.",
                           .example = "8081",
                           .letter = 'p'})));
    all.push_back(declare(
        "operations-listen", address, of_server(&options::operations_listen),
        {.group = option_group::server,
         .summary = "A separate address for operators",
         .details = "It serves /, /stats, /stats/stream, /sessions and /metrics, which the other addresses then do "
                    "not; /healthz and /readyz are served on both. No token is needed there if only this machine can "
                    "connect.",
         .when_unset = "none",
         .example = "127.0.0.1:9090"}));
}

[[nodiscard]] bool is_base_url(std::string const& text)
{
    return static_cast<bool>(url_pattern::base_url::parse(text));
}

void add_public_url(std::vector<declaration>& all)
{
    all.push_back(declare("public-url", text("URL", "an absolute URL", is_base_url), of_server(&options::public_url),
                          {.group = option_group::server,
                           .summary = "The server's own URL, as its clients know it",
                           .details = "Topics that are paths, and relative topic patterns, are resolved against it, "
                                      "whatever Host a request names.",
                           .when_unset = "that of the first address",
                           .example = "https://events.example.com/"}));
}

void add_drain(std::vector<declaration>& all)
{
    all.push_back(declare("drain-timeout", duration(), of_server(&options::drain_timeout),
                          {.group = option_group::server,
                           .summary = "How long a drain may take before the remaining connections are closed",
                           .reloadable = true}));
    all.push_back(declare("drain-spread", duration(), of_streams(&stream_config::drain_spread),
                          {.group = option_group::server,
                           .summary = "Clients come back after retry and up to this much more, drawn at random",
                           .details = "It holds for clients of a server that drains or is full: they do not all "
                                      "come back at once."}));
    all.push_back(
        declare("drain-delay", duration(), of_server(&options::drain_delay),
                {.group = option_group::server,
                 .summary = "How long the server continues after the signal, with only /readyz changed to 503",
                 .details = "Load balancers see it and send no new clients. Then the drain begins, and with it "
                            "drain-timeout.",
                 .reloadable = true}));
}

void add_requests(std::vector<declaration>& all)
{
    all.push_back(
        declare("idle-timeout", duration(1ms), of_server(&options::idle_timeout),
                {.group = option_group::server,
                 .summary = "How long a connection may be idle between requests",
                 .details = "It should be longer than proxies keep their connections, so that they never send a "
                            "request into one that is closing. When descriptors run short, the connections "
                            "that have been idle longest are closed earlier."}));
    all.push_back(
        declare("publish-idle-timeout", duration(1ms), of_server(&options::publish_idle_timeout),
                {.group = option_group::server,
                 .summary = "How long a body that is published while it arrives may bring nothing",
                 .details = "It is that of a request with stream=1, which then gets 408. What was whole by then is "
                            "published."}));
    all.push_back(
        declare("idempotency-window", duration(), of_server(&options::idempotency_window),
                {.group = option_group::server,
                 .summary = "How long a request's Idempotency-Key is remembered; 0: keys are ignored",
                 .details = "A publisher that sends its request again within that time gets the first answer, and "
                            "nothing is published again. At most 100,000 keys are remembered, the latest."}));
    all.push_back(declare("body-memory", size(), of_server(&options::body_memory),
                          {.group = option_group::server,
                           .summary = "The most memory that the bodies of all requests may take together",
                           .details = "A request above it is refused with 503.",
                           .reloadable = true}));
}

void add_publishing(std::vector<declaration>& all)
{
    auto const at = of_server(&options::publishing);
    all.push_back(declare("publishing", on_off(), at,
                          {.group = option_group::server,
                           .summary = "Serve /publish, /broadcast, /send, /disconnect and /stats",
                           .details = "Without these routes nothing can be published over HTTP."}));
    auto const add = [&](std::string const& name, bool when_on, std::string const& summary,
                         std::string const& example) {
        option_traits traits{.group = option_group::server, .summary = summary, .example = example};
        all.push_back(instead_of("publishing", declare(name, on_off(when_on), at, std::move(traits))));
    };
    add("no-publishing", false, "Do not serve these routes", "true");
    add("test-endpoints", true, "The old name of publishing", "false");
    add("no-test-endpoints", false, "The old name of no-publishing", "true");
    all.push_back(declare("presence", on_off(), of_server(&options::presence),
                          {.group = option_group::server,
                           .summary = "Publish who opens a stream with a topic, and who closes the last one",
                           .details = "The events are private and about presence/ and the topic. GET /presence answers "
                                      "who is there in any case."}));
}

/// `when_on` is what the switch means when it is on, `when_off` what it means when it is off.
[[nodiscard]] value_kind<mercure_service> mercure_switch(mercure_service when_on, mercure_service when_off)
{
    return {.placeholder = {},
            .expected = "true or false",
            .read = [=](std::string const& given) -> std::optional<mercure_service> {
                auto const is_on = parse_switch(given);
                return is_on ? std::optional{*is_on ? when_on : when_off} : std::nullopt;
            },
            .write = [=](mercure_service value) { return value == when_on ? "true" : "false"; },
            .unset = mercure_service::by_keys,
            .form = toml_form::flag};
}

void add_mercure(std::vector<declaration>& all)
{
    using enum mercure_service;
    auto const at = of_server(&options::mercure);
    all.push_back(declare("mercure", mercure_switch(on, off), at,
                          {.group = option_group::server,
                           .summary = "Serve the Mercure protocol at /.well-known/mercure",
                           .details = "With a key for JSON Web Tokens it is served in any case. Without one, its "
                                      "clients present the publish and the subscribe token.",
                           .when_unset = "if there is a key for JSON Web Tokens",
                           .example = "true"}));
    all.push_back(instead_of(
        "mercure",
        declare("no-mercure", mercure_switch(off, on), at,
                {.group = option_group::server, .summary = "Do not serve the Mercure protocol", .example = "true"})));
}

void add_server(std::vector<declaration>& all)
{
    add_listen(all);
    add_public_url(all);
    all.push_back(
        declare("threads", number(1, 0), of_server(&options::threads),
                {.group = option_group::server,
                 .summary = "How many threads serve streams, each with its own share of the sessions",
                 .details = "The default is the number of CPUs that the process may use: those of its affinity, "
                            "but no more than the quota of its cgroup, rounded up.",
                 .when_unset = "the CPUs for this process",
                 .example = "4"}));
    add_requests(all);
    add_drain(all);
    add_publishing(all);
    add_mercure(all);
}

void add_cookie(std::vector<declaration>& all)
{
    auto const of_cookie = [](auto cookie_options::* member) {
        return [member](auto& o) -> auto& { return o.cookie.*member; };
    };
    auto name = text("NAME", "a cookie's name (one word of letters, digits and !#$%&'*+-.^_`|~)",
                     [](auto const& given) { return !fault_of({.enabled = true, .name = given}); });
    auto path = text("PATH", "a cookie's path (it begins with /)",
                     [](auto const& given) { return !fault_of({.enabled = true, .name = "name", .path = given}); });
    name.unset.reset();
    path.unset.reset();
    all.push_back(
        declare("cookie-name", name, of_cookie(&cookie_options::name),
                {.group = option_group::sessions,
                 .summary = "The name of the cookie that brings a browser back to its session",
                 .details = "A name that begins with __Host- keeps other hosts, and pages without TLS, from "
                            "planting the cookie. Like one that begins with __Secure-, it needs TLS. Two hubs "
                            "behind one host need different names."}));
    all.push_back(declare("cookie-path", path, of_cookie(&cookie_options::path),
                          {.group = option_group::sessions,
                           .summary = "The path of this cookie",
                           .details = "It is / with a name that begins with __Host-."}));
    all.push_back(declare(
        "cookie-same-site",
        choice<same_site>("WHEN", {{"strict", same_site::strict}, {"lax", same_site::lax}, {"none", same_site::none}}),
        of_cookie(&cookie_options::same_site),
        {.group = option_group::sessions,
         .summary = "Which requests from other sites carry this cookie: strict (none), lax, or none (all)",
         .details = "With none, the cookie is sent over TLS only, as browsers demand."}));
}

void add_sessions(std::vector<declaration>& all)
{
    all.push_back(declare("buffer-size", number(0), of_sessions(&session_config::buffer_size),
                          {.group = option_group::sessions,
                           .summary = "The most events that a session is replayed; 0: none",
                           .details = "If it missed more, it is told how many were lost."}));
    all.push_back(
        declare("buffer-ttl", duration(), of_sessions(&session_config::buffer_ttl),
                {.group = option_group::sessions, .summary = "How long a session without a connection is kept"}));
    all.push_back(declare("cleanup-interval", duration(1ms), of_sessions(&session_config::cleanup_interval),
                          {.group = option_group::sessions,
                           .summary = "How often expired sessions are removed",
                           .details = "A session that is asked for after its time is gone at once, too."}));
    all.push_back(declare("no-reconnection", on_off(false), of_sessions(&session_config::reconnection),
                          {.group = option_group::sessions,
                           .summary = "No cookie, no buffering, nothing replayed",
                           .details = "Every connection is a new session that ends with it."}));
    all.push_back(declare("max-sessions", number(1), of_sessions(&session_config::max_sessions),
                          {.group = option_group::sessions,
                           .summary = "The most sessions, connected or not",
                           .details = "Above it, new ones are refused with 503; no session is evicted.",
                           .reloadable = true}));
    all.push_back(declare("thrash-limit", number(1), of_sessions(&session_config::thrash_limit),
                          {.group = option_group::sessions,
                           .summary = "Reconnections of one session within 2 s above which they are logged",
                           .details = "Above 100 they are refused with 429, whatever this limit is.",
                           .reloadable = true}));
    add_cookie(all);
    value_kind<ownership_rule> const ownership{.placeholder = "LIST",
                                               .expected = "a list of user-agent, address, token, or none",
                                               .read = parse_ownership,
                                               .write = [](ownership_rule const& rule) { return to_text(rule); }};
    all.push_back(
        declare("ownership", ownership, of_sessions(&session_config::ownership),
                {.group = option_group::sessions,
                 .summary = "What a claim must share with the session: user-agent, address, token, or none",
                 .details = "Several are separated by commas, and all are then required. Addresses in the same "
                            "IPv4 /24 or IPv6 /64 count as one."}));
}

void add_streams(std::vector<declaration>& all)
{
    all.push_back(declare(
        "retry", duration(), of_streams(&stream_config::retry),
        {.group = option_group::streams, .summary = "How long clients are told to wait before they reconnect"}));
    all.push_back(declare("heartbeat-interval", duration(), of_streams(&stream_config::heartbeat_interval),
                          {.group = option_group::streams,
                           .summary = "The silence after which a heartbeat is sent; 0: never",
                           .details = "It should be shorter than the time after which proxies on the way give up."}));
    all.push_back(declare(
        "heartbeat-style",
        choice<heartbeat_style>("STYLE", {{"event", heartbeat_style::event}, {"comment", heartbeat_style::comment}}),
        of_streams(&stream_config::heartbeat_style),
        {.group = option_group::streams,
         .summary = "What a heartbeat is: event or comment",
         .details = "The event carries the position, so that a client whose filter matches little can still resume "
                    "when older events have left the log."}));
    all.push_back(declare("max-lag", number(1, std::numeric_limits<std::uint64_t>::max()),
                          of_streams(&stream_config::max_lag),
                          {.group = option_group::streams,
                           .summary = "How many events a stream may lag behind before it is closed",
                           .details = "Its session stays, so that the client can resume.",
                           .when_unset = "what the log holds",
                           .example = "10000",
                           .reloadable = true}));
    all.push_back(declare("write-timeout", duration(1ms), of_streams(&stream_config::write_timeout),
                          {.group = option_group::streams,
                           .summary = "How long a stream's socket may take nothing before the stream is closed",
                           .details = "Its session stays, so that the client can resume."}));
    all.push_back(
        declare("max-connections", number(1), of_streams(&stream_config::max_connections),
                {.group = option_group::streams,
                 .summary = "The most streams at once",
                 .details = "Above it, new ones are refused; no stream is evicted. It is lowered, with a warning, "
                            "to what the limit of open files allows.",
                 .reloadable = true}));
}

void add_events(std::vector<declaration>& all)
{
    all.push_back(declare(
        "log-events", number(1), of_events(&log_config::max_events),
        {.group = option_group::events,
         .summary = "The most events kept for clients that lag or resume",
         .details = "The log holds at least buffer-size events. Events to single sessions are counted apart, by "
                    "the same limit."}));
    all.push_back(declare("log-bytes", size(), of_events(&log_config::max_bytes),
                          {.group = option_group::events,
                           .summary = "The most bytes of memory for them, including each thread's index"}));
    all.push_back(declare("max-event-bytes", size(), of_events(&log_config::max_event_bytes),
                          {.group = option_group::events,
                           .summary = "The most bytes of one event's data",
                           .details = "The body of a request may be eight times as large.",
                           .reloadable = true}));
}

void add_logging(std::vector<declaration>& all)
{
    std::vector<std::pair<std::string, std::string>> levels;
    for (auto const* const level : {"trace", "debug", "info", "warn", "error"}) {
        levels.emplace_back(level, level);
    }
    levels.emplace_back("warning", "warn");
    all.push_back(declare("log-level", choice("LEVEL", levels), of_server(&options::log_level),
                          {.group = option_group::logging,
                           .summary = "The least severe level that is logged: trace, debug, info, warn or error",
                           .reloadable = true}));
    all.push_back(
        declare("log-format", choice<log_format>("FORMAT", {{"text", log_format::text}, {"json", log_format::json}}),
                of_server(&options::log_format),
                {.group = option_group::logging, .summary = "The format of the log on standard error: text or json"}));
}

[[nodiscard]] std::vector<declaration> make_declarations()
{
    std::vector<declaration> all;
    add_server(all);
    add_access(all);
    add_jwt(all);
    add_sessions(all);
    add_streams(all);
    add_events(all);
    add_logging(all);
    return all;
}

} // namespace

std::span<declaration const> declarations()
{
    static auto const all = make_declarations();
    return all;
}

declaration const* find_declaration(std::string_view name)
{
    auto const found = std::ranges::find(declarations(), name, &declaration::name);
    return found == declarations().end() ? nullptr : &*found;
}

std::span<command const> commands()
{
    static constexpr std::array<command, 4> all{
        {{"config", "PATH", "Read options from this TOML file",
          "sluice.toml(5) describes it. The variable SLUICE_CONFIG can name it too."},
         {"check-config", "", "Check the options, print what is in force, and exit",
          "The output is a file for --config, with secrets masked. Nothing is started."},
         {"version", "", "Print the version and exit", ""},
         {"help", "", "Print this help and exit", ""}}};
    return all;
}

} // namespace sluice::server
