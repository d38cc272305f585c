#include <sluice/client/target.hpp>

#include <sluice/client/error.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/scheme.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

namespace sluice {
namespace {

namespace urls = boost::urls;

[[nodiscard]] bool is_https(urls::url_view const& url) noexcept { return url.scheme_id() == urls::scheme::https; }
[[nodiscard]] std::uint16_t default_port(urls::url_view const& url) noexcept { return is_https(url) ? 443 : 80; }

[[nodiscard]] std::string lower(std::string_view text)
{
    std::string out{text};
    std::ranges::transform(out, out.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

} // namespace

error_code validate_url(urls::url_view const& url, bool tls) noexcept
{
    bool const known = url.scheme_id() == urls::scheme::http || (is_https(url) && tls);
    // `port_number` truncates a number that is too large.
    auto const port = url.has_port() ? std::string_view{url.port().data(), url.port().size()} : std::string_view{};
    std::uint16_t number = 0;
    bool const port_ok =
        port.empty() ||
        (std::from_chars(port.data(), port.data() + port.size(), number).ec == std::errc{} && number != 0);
    return known && port_ok && !url.encoded_host().empty() && !url.has_userinfo() ? error_code{}
                                                                                  : event_source_errc::unsupported_url;
}

std::uint16_t port_of(urls::url_view const& url) noexcept
{
    return url.has_port() && !url.port().empty() ? url.port_number() : default_port(url);
}

std::string origin_of(urls::url_view const& url)
{
    auto const host = lower({url.encoded_host().data(), url.encoded_host().size()});
    auto const* const scheme = is_https(url) ? "https" : "http";
    return port_of(url) == default_port(url) ? fmt::format("{}://{}", scheme, host)
                                             : fmt::format("{}://{}:{}", scheme, host, port_of(url));
}

result<urls::url> redirection(urls::url_view const& from, std::string_view location, bool tls)
{
    auto const reference = urls::parse_uri_reference({location.data(), location.size()});
    urls::url to;
    if (location.empty() || !reference || !urls::resolve(from, *reference, to) || validate_url(to, tls)) {
        return make_error_code(event_source_errc::bad_redirect);
    }
    to.remove_fragment();
    return to;
}

} // namespace sluice
