#include <sluice/client/dialer.hpp>

#include <sluice/client/target.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/socket_base.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include <netinet/in.h>
#include <netinet/tcp.h>

namespace sluice {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

template <int Name>
using tcp_option = asio::detail::socket_option::integer<IPPROTO_TCP, Name>;

/// A dead peer is noticed after about a minute.
void keep_alive(client_socket& socket)
{
    error_code ignored;
    socket.set_option(asio::socket_base::keep_alive{true}, ignored);
#ifdef TCP_KEEPIDLE
    socket.set_option(tcp_option<TCP_KEEPIDLE>{30}, ignored);
    socket.set_option(tcp_option<TCP_KEEPINTVL>{10}, ignored);
    socket.set_option(tcp_option<TCP_KEEPCNT>{3}, ignored);
#endif
}

/// Keeps the resolver's order, but alternates between IPv6 and IPv4 (RFC 8305, section 4). If one family is cut off,
/// the first address of the other is then the second to be tried, not the last.
[[nodiscard]] std::vector<connection_race::endpoint> interleaved(tcp::resolver::results_type const& entries)
{
    std::vector<connection_race::endpoint> first;
    std::vector<connection_race::endpoint> second;
    for (auto const& entry : entries) {
        auto const to = entry.endpoint();
        auto& family = to.protocol() == entries.begin()->endpoint().protocol() ? first : second;
        family.emplace_back(to);
    }
    std::vector<connection_race::endpoint> all;
    for (std::size_t i = 0; i != std::max(first.size(), second.size()); ++i) {
        for (auto const* const family : {&first, &second}) {
            if (i < family->size()) {
                all.push_back((*family)[i]);
            }
        }
    }
    return all;
}

} // namespace

dialer::dialer(asio::any_io_executor const& executor) : resolver_{executor}, socket_{executor} {}

asio::awaitable<error_code> dialer::dial(boost::urls::url_view url, std::string const& unix_socket)
{
    cancelled_ = false;
    auto [ec, found] = co_await resolve(url, unix_socket);
    // An operation that completed just before `cancel` still reports success.
    if (!cancelled_ && !found.empty()) {
        race_ = std::make_shared<connection_race>(resolver_.get_executor(), std::move(found));
        ec = co_await race_->run();
        if (!ec) {
            socket_ = race_->release();
        }
        race_ = nullptr;
    }
    if (cancelled_) {
        ec = asio::error::operation_aborted;
    } else if (!ec && unix_socket.empty()) {
        keep_alive(socket_);
    }
    co_return ec;
}

asio::awaitable<std::pair<error_code, dialer::endpoints>> dialer::resolve(boost::urls::url_view url,
                                                                          std::string const& unix_socket)
{
    std::pair<error_code, endpoints> result;
    auto& [ec, found] = result;
    auto const host = url.host_address();
    if (!unix_socket.empty()) {
        found.emplace_back(asio::local::stream_protocol::endpoint{unix_socket});
    } else if (auto const address = asio::ip::make_address(host, ec); !ec) {
        found.emplace_back(tcp::endpoint{address, port_of(url)});
    } else {
        auto const service = fmt::format("{}", port_of(url));
        auto const [error, entries] = co_await resolver_.async_resolve(host, service, asio::as_tuple(asio::deferred));
        ec = error ? error : asio::error::host_not_found;
        found = interleaved(entries);
    }
    co_return result;
}

void dialer::cancel() noexcept
{
    cancelled_ = true;
    resolver_.cancel();
    if (race_) {
        race_->cancel();
    }
}

} // namespace sluice
