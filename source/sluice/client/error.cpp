#include <sluice/client/error.hpp>

#include <string>

namespace sluice {
namespace {

[[nodiscard]] char const* describe(event_source_errc e) noexcept
{
    switch (e) {
    case event_source_errc::closed:
        return "the event source is closed";
    case event_source_errc::no_content:
        return "the server ended the stream for good (204)";
    case event_source_errc::unexpected_status:
        return "the server's answer is not a stream";
    case event_source_errc::not_an_event_stream:
        return "the server's answer is not text/event-stream, or has another content coding than gzip";
    case event_source_errc::too_many_redirects:
        return "too many redirections";
    case event_source_errc::bad_redirect:
        return "the redirection has no usable Location";
    case event_source_errc::unsupported_url:
        return "the URL is not http or https with a host and without credentials, or is https while no TLS layer was "
               "given";
    case event_source_errc::invalid_header:
        return "a header field or the last event id is not well-formed";
    }
    return "unknown error";
}

class event_source_category final : public boost::system::error_category {
public:
    [[nodiscard]] char const* name() const noexcept override { return "sluice.event_source"; }
    [[nodiscard]] std::string message(int value) const override
    {
        return describe(static_cast<event_source_errc>(value));
    }
};

} // namespace

boost::system::error_category const& event_source_error_category() noexcept
{
    static event_source_category const instance;
    return instance;
}

} // namespace sluice
