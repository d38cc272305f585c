#include "target_authority.hpp"

#include <sluice/http/field_value.hpp>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/url/authority_view.hpp>
#include <boost/url/parse.hpp>

#include <string>
#include <string_view>

namespace sluice::server {

namespace http = boost::beast::http;

std::optional<problem> take_target_authority(http_request& request)
{
    auto const target = view(request.target());
    constexpr std::string_view separator = "://";
    auto const scheme_end = target.find(separator);
    if (target.starts_with('/') || scheme_end == std::string_view::npos) {
        return std::nullopt;
    }
    auto const scheme = target.substr(0, scheme_end);
    if (!boost::algorithm::iequals(scheme, "http") && !boost::algorithm::iequals(scheme, "https")) {
        return bad_request("the request target is a URL of another scheme than http and https");
    }
    auto const rest = target.substr(scheme_end + separator.size());
    std::string const authority{rest.substr(0, rest.find_first_of("/?#"))};
    auto const parsed = boost::urls::parse_authority(authority);
    if (!parsed || parsed->host().empty() || parsed->has_userinfo()) {
        return bad_request(
            "the request target is a URL without a host, or with more than a host and a port before its path");
    }
    auto const hosts = request.count(http::field::host);
    if (hosts == 1 || (hosts == 0 && request.version() < 11)) {
        request.set(http::field::host, authority);
    }
    return std::nullopt;
}

} // namespace sluice::server
