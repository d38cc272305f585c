#pragma once

#include "access/admission.hpp"
#include <sluice/handler.hpp>

#include <boost/beast/http/message.hpp>

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

namespace sluice::server {

/// Reads a request for a stream, as `parse_subscribe` does for sluice's own.
using stream_parser =
    std::function<expected<subscribe_request>(boost::beast::http::request_header<> const&, subscribe_context const&)>;

/// What lasts as long as a stream. It is destroyed when the stream has ended, on its thread.
class stream_attendance {
public:
    stream_attendance() = default;
    stream_attendance(stream_attendance const&) = delete;
    stream_attendance& operator=(stream_attendance const&) = delete;
    virtual ~stream_attendance() = default;
};

/// Notes that a stream has begun, which the request, with this form in its body, was for.
using attend_function = std::function<std::unique_ptr<stream_attendance>(
    boost::beast::http::request_header<> const& request, std::string_view form, admission const& who)>;

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
    /// Is told of each stream that begins; empty: nothing is.
    attend_function attend{};
};

} // namespace sluice::server
