// Follows a stream and prints its events, one per line, until the server ends it for good or a signal comes. After
// every interruption it continues where it was.
//
//     follow URL
#include <sluice/event_source.hpp>
#include <sluice/event_source_tls.hpp>

#include <boost/asio.hpp>

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

namespace asio = boost::asio;

namespace {

[[nodiscard]] sluice::event_source_options make_options()
{
    sluice::event_source_options options;
    // What sluice says of the stream itself, as `connected` or `heartbeat`, is not printed; a loss always is.
    options.control_events = false;
    options.tls = sluice::make_tls_layer(); // trusts the system's authorities
    options.on_state = [](sluice::event_source_state, std::string_view why) {
        fmt::print(stderr, "follow: {}\n", why.empty() ? "connected" : why);
    };
    return options;
}

asio::awaitable<void> follow(std::string url)
{
    auto const options = make_options();
    sluice::event_source source{co_await asio::this_coro::executor, url, options};
    for (;;) {
        auto const [ec, event] = co_await source.async_receive(asio::as_tuple(asio::deferred));
        if (ec) {
            co_return; // for good; `on_state` has said why
        }
        fmt::print("{} {}: {}\n", event.last_event_id, event.type, event.data);
        std::fflush(stdout);
    }
}

void run(std::string url)
{
    asio::io_context context;
    asio::signal_set signals{context, SIGINT, SIGTERM};
    signals.async_wait([&context](sluice::error_code, int) { context.stop(); });
    asio::co_spawn(context, follow(std::move(url)), [&context](std::exception_ptr const& e) {
        context.stop();
        if (e) {
            std::rethrow_exception(e);
        }
    });
    context.run();
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        fmt::print(stderr, "usage: follow URL\n");
        return 2;
    }
    try {
        run(argv[1]);
    } catch (std::exception const& e) {
        fmt::print(stderr, "follow: {}\n", e.what());
        return 1;
    }
}
