#include "options.hpp"

#include "payload.hpp"
#include "request_head.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace sluice::load {
namespace {

constexpr auto description =
    R"(Opens streams on a server of server-sent events, publishes, and checks that every stream gets every event once and
in order, whatever happens to its connection.
  prompt  publishes --rate events a second for --warm-up and then for --duration seconds
  flat    publishes as fast as answers come, with --outstanding requests on the way
  batch   as flat, with --batch-lines events in each request (NDJSON)
  idle    opens the streams, waits --settle, then watches CPU and memory for --duration seconds
  resume  publishes for --warm-up; all streams drop, --missed events pass, all come back at once, each with its last
          event id and cookies; then once more with nothing missed, which tells what a reconnection alone costs;
          after each return --warm-up seconds of events show the seam
  stall   measures as prompt; then --stall-share of the streams stop reading, and it measures the others again; then
          the stalled ones read on, or come back if the server has closed them, and must have every event too
          (their sockets are small, SO_RCVBUF 4096 and TCP_MAXSEG 1460, so that after some 50 KB the server has what
          it cannot send; its write timeout should pass within --duration if it is to close them)
  churn   as prompt, while --churn-rate streams a second drop, in turn, and come back at once
A latency is from when an event was due to be published until it was read, however late it was published.
Exit status: 0 all is well; 1 an event was lost (in stall: and the server did not tell), doubled, out of order or not
what was sent, a stream ended or did not come back, a publish was refused, or the server could not be reached; 2 a
bad option.)";

constexpr auto profile_list = "prompt, flat, batch, idle, resume, stall or churn";

profile profile_of(const std::string& name)
{
    const auto* const found = std::find_if(profile_names.begin(), profile_names.end(),
                                           [&name](const auto& each) { return each.first == name; });
    if (found == profile_names.end()) {
        throw CLI::ValidationError("--profile", fmt::format("{} is none of {}", name, profile_list));
    }
    return found->second;
}

void add_profile(CLI::App& app, options& chosen)
{
    app.add_option_function<std::string>(
           "--profile", [&chosen](const std::string& name) { chosen.what = profile_of(name); }, profile_list)
        ->type_name("NAME")
        ->default_str("prompt");
}

bool has_one_place(const std::string& text)
{
    constexpr auto place = "{data}";
    const auto found = text.find(place);
    return found != std::string::npos && text.find(place, found + 1) == std::string::npos;
}

void add_server(CLI::App& app, options& chosen)
{
    app.add_option("--url", chosen.url, "HOST:PORT of the server")->required();
    app.add_option("--path", chosen.path, "of the stream; {group} becomes the stream's group")->capture_default_str();
    app.add_option("--event-type", chosen.event_type,
                   "of the events that are checked; empty: they have none; {group} becomes the event's group")
        ->capture_default_str();
    app.add_option("--event-data", chosen.event_data,
                   "of the events that are checked, where the server wraps it: {data} once, in what stands around it;\n"
                   "events of the type with other data around are none of ours")
        ->capture_default_str()
        ->check(CLI::Validator(
            [](const std::string& text) { return has_one_place(text) ? "" : "no single {data} in: " + text; }, "TEXT"));
    app.add_option("--ready-event", chosen.ready_event,
                   "the event with which the server says that a stream is live; empty: its 200 says so")
        ->capture_default_str();
    app.add_option("--loss-event", chosen.loss_event,
                   "the event with which the server tells of a loss, as {\"dropped\":N}; empty: it never does")
        ->capture_default_str();
    app.add_option("--pid", chosen.pid, "the server's process: its CPU time and memory are reported")
        ->check(CLI::PositiveNumber);
}

void add_publishing(CLI::App& app, options& chosen)
{
    app.add_option("--publish-url", chosen.publish_url, "HOST:PORT to publish to (--url)");
    app.add_option("--publish-method", chosen.publish_method, "of the request")->capture_default_str();
    app.add_option("--publish-path", chosen.publish_path, "of the request; {group} becomes the event's group")
        ->capture_default_str();
    app.add_option("--publish-type", chosen.publish_type,
                   "the Content-Type (application/json; in batches application/x-ndjson)");
    app.add_option(
           "--publish-body", chosen.publish_body,
           "the request, or a line of it in batches; {type} and {data} become the event's, whose data is ASCII\n"
           "without anything that JSON or a form would escape, but spaces")
        ->capture_default_str();
}

void add_headers(CLI::App& app, options& chosen)
{
    const auto add = [&app](const char* flag, std::vector<std::string>& fields, const char* text) {
        app.add_option(flag, fields, text)
            ->allow_extra_args(false)
            ->check(CLI::Validator([](std::string& field) { return check_header(field); }, "'Name: value'"));
    };
    add("--header", chosen.headers, "sent with every request; repeatable");
    add("--stream-header", chosen.stream_headers, "sent with the requests for streams; repeatable");
    add("--publish-header", chosen.publish_headers, "sent with the requests that publish; repeatable");
    app.add_option("--stream-tokens", chosen.stream_tokens,
                   "a file with a bearer token on each line: each connection of a stream sends the next one")
        ->check(CLI::ExistingFile);
}

void add_how_much(CLI::App& app, options& chosen)
{
    const auto add = [&app](const char* flag, std::size_t& number, std::size_t least, std::size_t most,
                            const char* text) {
        app.add_option(flag, number, text)->capture_default_str()->check(CLI::Range(least, most));
    };
    add("--streams", chosen.streams, 1, 100'000, "to open");
    add("--groups", chosen.groups, 1, 100'000, "in which streams ask for different events, which go round the groups");
    add("--connecting", chosen.connecting, 1, 65'536,
        "connections under way at the most: what the server's listener bears");
    add("--payload", chosen.payload_bytes, payload_format::min_size, std::size_t{1} << 20U,
        "bytes of data in each event");
    app.add_option("--rate", chosen.rate, "events per second")->capture_default_str()->check(CLI::Range(0.01, 1e6));
    add("--outstanding", chosen.outstanding, 1, 65'536, "requests without an answer, at the most");
    add("--batch-lines", chosen.batch_lines, 1, 65'536, "events in a request of the profile batch");
    add("--max-behind", chosen.max_behind, 1, std::size_t{1} << 20U,
        "events that the streams may be behind on average before publishing pauses (flat, batch)");
}

void add_disturbance(CLI::App& app, options& chosen)
{
    app.add_option("--missed", chosen.missed, "events that pass while all streams are away (resume)")
        ->capture_default_str()
        ->check(CLI::Range(1, 1 << 20));
    app.add_option("--stall-share", chosen.stall_share, "of the streams that stop reading (stall)")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--churn-rate", chosen.churn_rate, "streams per second that drop and come back (churn)")
        ->capture_default_str()
        ->check(CLI::Range(0.01, 1e5));
    app.add_flag("--churn-fresh", chosen.is_churn_fresh,
                 "they come back as new clients, for a server that cannot resume (churn)");
}

void add_how_long(CLI::App& app, options& chosen)
{
    const auto add = [&app](const char* flag, double& seconds, const char* text) {
        app.add_option(flag, seconds, text)->capture_default_str()->check(CLI::Range(0.0, 3600.0));
    };
    add("--warm-up", chosen.warm_up_s, "seconds");
    add("--duration", chosen.duration_s, "seconds");
    add("--settle", chosen.settle_s, "seconds");
    add("--timeout", chosen.timeout_s, "seconds, for opening and for the last events");
}

/// Streams of a group that ask for everything would take other groups' events for damaged ones.
void check_groups(const options& chosen)
{
    if (chosen.groups > 1 && chosen.path.find("{group}") == std::string::npos) {
        throw CLI::ValidationError("--groups", "needs {group} in --path");
    }
}

} // namespace

std::optional<options> parse_options(int argc, char** argv, int& status)
{
    options chosen;
    CLI::App app(description, "sluice-load");
    add_profile(app, chosen);
    add_server(app, chosen);
    add_publishing(app, chosen);
    add_headers(app, chosen);
    add_how_much(app, chosen);
    add_disturbance(app, chosen);
    add_how_long(app, chosen);
    app.add_option("--json", chosen.json_file, "a file for the figures");
    try {
        app.parse(argc, argv);
        check_groups(chosen);
    } catch (const CLI::ParseError& error) {
        status = app.exit(error) == 0 ? 0 : 2;
        return std::nullopt;
    }
    return chosen;
}

} // namespace sluice::load
