#include <sluice/session/ownership.hpp>

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace sluice {
namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t ipv4_network_bytes = 3;
constexpr std::size_t ipv6_network_bytes = 8;

[[nodiscard]] ip::address unmapped(ip::address const& a)
{
    if (a.is_v6() && a.to_v6().is_v4_mapped()) {
        return ip::make_address_v4(ip::v4_mapped, a.to_v6());
    }
    return a;
}

template <class Bytes>
[[nodiscard]] bool same_prefix(Bytes const& a, Bytes const& b, std::size_t count)
{
    return std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(count), b.begin());
}

} // namespace

bool same_network(std::string_view a, std::string_view b)
{
    boost::system::error_code a_error;
    boost::system::error_code b_error;
    auto const first = unmapped(ip::make_address(a, a_error));
    auto const second = unmapped(ip::make_address(b, b_error));
    if (a_error || b_error || first.is_v4() != second.is_v4()) {
        return a == b;
    }
    return first.is_v4() ? same_prefix(first.to_v4().to_bytes(), second.to_v4().to_bytes(), ipv4_network_bytes)
                         : same_prefix(first.to_v6().to_bytes(), second.to_v6().to_bytes(), ipv6_network_bytes);
}

bool may_claim(ownership_rule const& rule, session_meta const& owner, session_meta const& claimant)
{
    return (!rule.user_agent || owner.user_agent == kept_user_agent(claimant)) &&
           (!rule.address || same_network(owner.remote_address, claimant.remote_address)) &&
           (!rule.token || owner.grant.subject == claimant.grant.subject);
}

} // namespace sluice
