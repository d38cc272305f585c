// Follows a stream with our own client and writes what comes as lines of JSON, as tests/browser/follow.mjs does with
// npm's. SIGTERM ends it.
//
//     follow URL CERTIFICATE [NAME VALUE]...     (the certificate to trust, and fields for the request)
#include <sluice/event_source.hpp>
#include <sluice/event_source_tls.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

namespace asio = boost::asio;

namespace {

void tell(std::string_view type, std::string_view id, std::string_view data)
{
    fmt::print("{}\n", boost::json::serialize(boost::json::value{{"type", type}, {"id", id}, {"data", data}}));
    std::fflush(stdout);
}

/// As follow.mjs: an error after which it comes back by itself is "dropped", one that is final is "closed".
void tell_state(sluice::event_source_state state, std::string_view why)
{
    if (state != sluice::event_source_state::open) {
        tell(state == sluice::event_source_state::closed ? "closed" : "dropped", "", why);
    }
}

asio::awaitable<sluice::error_code> follow(sluice::event_source& source)
{
    for (;;) {
        auto const [ec, event] = co_await source.async_receive(asio::as_tuple(asio::deferred));
        if (ec) {
            co_return ec;
        }
        tell(event.type, event.last_event_id, event.data);
    }
}

/// Whether it followed until it was told to end.
bool run(std::string const& url, std::string const& certificate, sluice::event_source_options options)
{
    asio::io_context context;
    asio::ssl::context tls{asio::ssl::context::tls_client};
    tls.load_verify_file(certificate);
    options.tls = sluice::make_tls_layer(tls);
    options.on_state = tell_state;
    sluice::event_source source{context.get_executor(), url, options};

    asio::signal_set signals{context, SIGTERM};
    signals.async_wait([&source](sluice::error_code, int) { source.close(); });

    sluice::error_code ended;
    asio::co_spawn(context, follow(source), [&](std::exception_ptr const& failure, sluice::error_code ec) {
        if (failure) {
            std::rethrow_exception(failure);
        }
        ended = ec;
        signals.cancel();
    });
    context.run();
    return ended == sluice::event_source_errc::closed;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 3 || argc % 2 == 0) {
        fmt::print(stderr, "usage: follow URL CERTIFICATE [NAME VALUE]...\n");
        return 2;
    }
    try {
        sluice::event_source_options options;
        for (int i = 3; i != argc; i += 2) {
            options.headers.emplace_back(argv[i], argv[i + 1]);
        }
        return run(argv[1], argv[2], options) ? 0 : 1;
    } catch (std::exception const& e) {
        fmt::print(stderr, "follow: {}\n", e.what());
        return 1;
    }
}
