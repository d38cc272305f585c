#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/beast/http/fields.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::server {

using address_range = std::variant<boost::asio::ip::network_v4, boost::asio::ip::network_v6>;

/// Reads `10.0.0.0/8`, `fd00::/8` or a single address; returns nothing for anything else.
[[nodiscard]] std::optional<address_range> parse_address_range(std::string const& text);

/// The proxies that are trusted to name their clients' addresses.
class trusted_proxies {
public:
    /// The ranges are such as `parse_address_range` reads.
    explicit trusted_proxies(std::vector<std::string> const& ranges);

    /// The address of the client whose request came from this peer. It is the peer's own; or, if the peer is a trusted
    /// proxy, the rightmost address in `Forwarded` (RFC 7239), else in `X-Forwarded-For`, that is not itself a trusted
    /// proxy. Anything there that is not an address counts as absent.
    [[nodiscard]] std::string client(std::string const& peer, boost::beast::http::fields const& head) const;

private:
    [[nodiscard]] bool trusts(boost::asio::ip::address const& address) const;

    std::vector<address_range> ranges_;
};

} // namespace sluice::server
