#include "origin.hpp"

#include <sluice/http/field_value.hpp>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/url/authority_view.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/scheme.hpp>
#include <boost/url/url_view.hpp>

namespace sluice::server {

namespace http = boost::beast::http;
namespace urls = boost::urls;

namespace {

/// The port in a URL or authority, or the scheme's default; 0 if there is neither.
template <class View>
[[nodiscard]] unsigned port_of(View const& v, urls::scheme scheme)
{
    return v.port().empty() ? urls::default_port(scheme) : v.port_number();
}

} // namespace

bool is_own_origin(std::string_view origin, std::string_view host)
{
    auto const page = urls::parse_uri({origin.data(), origin.size()});
    auto const server = urls::parse_authority({host.data(), host.size()});
    if (!page || !server || page->host().empty() || page->has_userinfo() || !page->encoded_resource().empty()) {
        return false;
    }
    auto const port = port_of(*page, page->scheme_id());
    return port != 0 && port == port_of(*server, page->scheme_id()) &&
           boost::algorithm::iequals(page->host(), server->host());
}

bool is_foreign(http::fields const& head, cors_policy const& cors)
{
    auto const count = head.count(http::field::origin);
    if (count == 0) {
        return boost::beast::iequals(head["Sec-Fetch-Site"], "cross-site");
    }
    auto const origin = view(head[http::field::origin]);
    return count > 1 || (!cors.is_listed(origin) && !is_own_origin(origin, view(head[http::field::host])));
}

page page_of(http::fields const& head, cors_policy const& cors)
{
    if (is_foreign(head, cors)) {
        return page::foreign;
    }
    if (head.count(http::field::origin) != 0) {
        return page::known;
    }
    if (head.count(http::field::referer) == 0) {
        return page::unnamed;
    }
    auto const url = urls::parse_uri(head[http::field::referer]);
    if (!url) {
        return page::foreign;
    }
    std::string_view const origin{url->encoded_origin().data(), url->encoded_origin().size()};
    bool const is_known = cors.is_listed(origin) || is_own_origin(origin, view(head[http::field::host]));
    return is_known ? page::known : page::foreign;
}

} // namespace sluice::server
