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

/// Reads `10.0.0.0/8`, `fd00::/8` or a single address; nothing for anything else.
[[nodiscard]] std::optional<address_range> parse_address_range(std::string const& text);

/// The proxies whose word for their clients' addresses is taken.
class trusted_proxies {
public:
    /// Ranges as `parse_address_range` reads them.
    explicit trusted_proxies(std::vector<std::string> const& ranges);

    /// Whose request it is that came from this peer: the peer, or, when that is a trusted proxy, the rightmost address
    /// of `Forwarded` (RFC 7239), else of `X-Forwarded-For`, that is no trusted proxy. What is no address there counts
    /// as absent.
    [[nodiscard]] std::string client(std::string const& peer, boost::beast::http::fields const& head) const;

private:
    [[nodiscard]] bool trusts(boost::asio::ip::address const& address) const;

    std::vector<address_range> ranges_;
};

} // namespace sluice::server
