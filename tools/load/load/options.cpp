#include "options.hpp"

#include "payload.hpp"

#include <CLI/CLI.hpp>

#include <map>

namespace sluice::load {
namespace {

constexpr auto description =
    "Opens streams on a server of server-sent events, publishes, and checks that every stream gets every "
    "event once and\n"
    "in order.\n"
    "  prompt  publishes --rate events a second for --warm-up and then for --duration seconds\n"
    "  flat    publishes as fast as answers come, with --outstanding requests on the way\n"
    "  batch   as flat, with --batch-lines events in each request (NDJSON)\n"
    "  idle    opens the streams, waits --settle, then watches CPU and memory for --duration seconds\n"
    "Exit status: 0 all is well; 1 an event was lost, doubled, out of order or not what was sent, a stream "
    "ended, a\n"
    "publish was refused, or the server could not be reached; 2 a bad option.";

void add_what(CLI::App& app, options& chosen)
{
    const std::map<std::string, profile> profiles{
        {"prompt", profile::prompt}, {"flat", profile::flat}, {"batch", profile::batch}, {"idle", profile::idle}};
    app.add_option("--profile", chosen.what, "prompt, flat, batch or idle")
        ->transform(CLI::CheckedTransformer(profiles))
        ->default_str("prompt");
    app.add_option("--url", chosen.url, "HOST:PORT of the server")->required();
    app.add_option("--path", chosen.path, "of the stream")->capture_default_str();
    app.add_option("--publish-path", chosen.publish_path, "takes a POST of {\"type\":…,\"data\":…}")
        ->capture_default_str();
    app.add_option("--ready-event", chosen.ready_event,
                   "the event with which the server says that a stream is live; empty: its 200 says so")
        ->capture_default_str();
}

void add_how_much(CLI::App& app, options& chosen)
{
    const auto seconds = CLI::Range(0.0, 3600.0);
    app.add_option("--streams", chosen.streams, "to open")->capture_default_str()->check(CLI::Range(1, 100000));
    app.add_option("--rate", chosen.rate, "events per second")->capture_default_str()->check(CLI::Range(0.01, 1e6));
    app.add_option("--outstanding", chosen.outstanding, "requests without an answer, at the most")
        ->capture_default_str()
        ->check(CLI::Range(1, 65536));
    app.add_option("--batch-lines", chosen.batch_lines, "events in a request of the profile batch")
        ->capture_default_str()
        ->check(CLI::Range(1, 65536));
    app.add_option("--max-behind", chosen.max_behind,
                   "events that the streams may be behind on average before publishing pauses (flat, batch)")
        ->capture_default_str()
        ->check(CLI::Range(1, 1 << 20));
    app.add_option("--payload", chosen.payload_bytes, "bytes of data in each event")
        ->capture_default_str()
        ->check(CLI::Range(payload_format::min_size, std::size_t{1} << 20U));
    app.add_option("--warm-up", chosen.warm_up_s, "seconds")->capture_default_str()->check(seconds);
    app.add_option("--duration", chosen.duration_s, "seconds")->capture_default_str()->check(seconds);
    app.add_option("--settle", chosen.settle_s, "seconds")->capture_default_str()->check(seconds);
    app.add_option("--timeout", chosen.timeout_s, "seconds, for opening and for the last events")
        ->capture_default_str()
        ->check(seconds);
}

} // namespace

std::optional<options> parse_options(int argc, char** argv, int& status)
{
    options chosen;
    CLI::App app(description, "sluice-load");
    add_what(app, chosen);
    add_how_much(app, chosen);
    app.add_option("--pid", chosen.pid, "the server's process: its CPU time and memory are reported")
        ->check(CLI::PositiveNumber);
    app.add_option("--json", chosen.json_file, "a file for the figures");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        status = app.exit(error) == 0 ? 0 : 2;
        return std::nullopt;
    }
    return chosen;
}

} // namespace sluice::load
