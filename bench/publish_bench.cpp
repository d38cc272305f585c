#include <sluice/http/publish_request.hpp>

#include <benchmark/benchmark.h>
#include <polled_hub.hpp>

#include <string>

namespace {

using namespace sluice;

constexpr std::size_t lines = 100;
constexpr std::size_t most_event_bytes = std::size_t{1} << 20U;

/// 128 bytes of data, as a string, as a string with escapes, and as an object.
std::string const plain = '"' + std::string(128, 'x') + '"';
std::string const escaped = R"("{\"id\":12345,\"name\":\"a name\",\"text\":\")" + std::string(89, 'x') + R"(\"}")";
std::string const object = R"({ "id": 12345, "name": "a name", "text": ")" + std::string(91, 'x') + R"(" })";

[[nodiscard]] std::string batch_of(std::string const& data)
{
    std::string body;
    for (std::size_t i = 0; i != lines; ++i) {
        body += R"({"type":"update","data":)" + data + "}\n";
    }
    return body;
}

[[nodiscard]] publish_input input(std::string const& body)
{
    return {.query = {}, .content_type = "application/x-ndjson", .body = body};
}

/// Reads a batch of 100 events; an item is an event.
void parse(benchmark::State& state, std::string const& data)
{
    auto const body = batch_of(data);
    for (auto _ : state) {
        auto const events = parse_batch(input(body), most_event_bytes);
        if (events.has_error() || events->size() != lines) {
            state.SkipWithError("the batch was not read");
        }
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(lines));
}
BENCHMARK_CAPTURE(parse, string, plain);
BENCHMARK_CAPTURE(parse, escaped, escaped);
BENCHMARK_CAPTURE(parse, object, object);

/// A batch's whole way from the body of a request to one stream, without sockets; an item is an event.
void ingest(benchmark::State& state)
{
    auto const body = batch_of(plain);
    bench::polled_hub hub;
    {
        bench::sink const stream{hub, hub.connect()};
        for (auto _ : state) {
            auto const events = parse_batch(input(body), most_event_bytes);
            benchmark::DoNotOptimize(hub.broker().try_broadcast(*events));
            hub.poll();
        }
        auto const delivered = hub.broker().session_stats().events_delivered;
        if (delivered != static_cast<std::uint64_t>(state.iterations()) * lines) {
            state.SkipWithError("not every event was delivered");
        }
    }
    hub.poll(); // what was woken by the end
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(lines));
}
BENCHMARK(ingest);

} // namespace
