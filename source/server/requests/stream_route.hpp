#pragma once

#include <sluice/handler.hpp>

#include <boost/beast/http/message.hpp>

#include <functional>
#include <string_view>
#include <utility>

namespace sluice::server {

/// Reads a request for a stream, as `parse_subscribe` does for sluice's own.
using stream_parser =
    std::function<expected<subscribe_request>(boost::beast::http::request_header<> const&, subscribe_context const&)>;

/// The route of a broker's stream. The broker runs on the workers' executors.
struct stream_route {
    explicit stream_route(broker& b, cookie_options const& cookie = {})
        : source{b}, handler{b, {.kept_headers = {}, .authorize = {}, .cookie = cookie}}
    {
    }
    /// A route for streams of another protocol, which the parser's requests ask for. They have events alone.
    stream_route(broker& b, stream_parser read)
        : source{b}, handler{b}, manners{stream_manners::events_alone}, parser{std::move(read)}
    {
    }

    /// Reads the request of a client that has the grant. `form` is the request's body, if that is a form.
    [[nodiscard]] expected<subscribe_request> parse(boost::beast::http::request_header<> const& request,
                                                    std::string_view client, grant granted, std::string_view form) const
    {
        if (!parser) {
            return handler.parse(request, client, std::move(granted), form);
        }
        return parser(request, {.remote_address = client,
                                .form = form,
                                .grant = std::move(granted),
                                .patterns = source.config().patterns.get()});
    }

    broker& source;
    sluice::handler handler;
    stream_manners manners = stream_manners::control_events;
    /// Empty for sluice's own streams.
    stream_parser parser{};
};

} // namespace sluice::server
