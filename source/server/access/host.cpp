#include "host.hpp"

#include <sluice/http/characters.hpp>
#include <sluice/http/field_value.hpp>

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace sluice::server {

namespace ip = boost::asio::ip;

namespace {

/// Removes a port and its colon from the end; false if something else follows the host.
[[nodiscard]] bool take_port(std::string_view& host)
{
    auto const colon = host.find(':', host.starts_with('[') ? std::min(host.find(']'), host.size()) : 0);
    auto const port = host.substr(std::min(colon, host.size()));
    host.remove_suffix(port.size());
    return port.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

[[nodiscard]] bool is_address(std::string_view host)
{
    bool const bracketed = host.starts_with('[') && host.ends_with(']');
    boost::system::error_code ec;
    auto const address = ip::make_address(bracketed ? host.substr(1, host.size() - 2) : host, ec);
    return !ec && address.is_v6() == bracketed;
}

} // namespace

bool host_policy::allows(std::string_view host) const
{
    if (std::ranges::find(names_, "*") != names_.end()) {
        return true;
    }
    if (!take_port(host)) {
        return false;
    }
    if (is_address(host)) {
        return true;
    }
    // A name may end with the dot of the root.
    host.remove_suffix(host.ends_with('.') ? 1 : 0);
    constexpr std::string_view below = ".localhost";
    return same_name(host, below.substr(1)) ||
           (host.size() > below.size() && same_name(host.substr(host.size() - below.size()), below)) ||
           std::ranges::any_of(names_, [&](std::string const& name) { return same_name(host, name); });
}

bool is_host_name(std::string_view text) noexcept
{
    auto const in_name = [](char c) { return is_letter(c) || is_digit(c) || is_one_of(c, "-._"); };
    return text == "*" || (!text.empty() && std::ranges::all_of(text, in_name));
}

} // namespace sluice::server
