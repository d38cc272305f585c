#include "listen_address.hpp"

#include <boost/asio/ip/address.hpp>

#include <fmt/format.h>

#include <charconv>
#include <cstdint>

namespace sluice::server {

std::optional<listen_address> parse_listen_address(std::string_view text)
{
    namespace ip = boost::asio::ip;
    constexpr std::string_view local = "unix:";
    if (text.starts_with(local)) {
        auto path = std::string{text.substr(local.size())};
        return path.empty() ? std::nullopt : std::optional<listen_address>{std::move(path)};
    }
    auto const colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    auto host = text.substr(0, colon);
    auto const port_text = text.substr(colon + 1);
    std::uint16_t port = 0;
    auto const [end, failed] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
    bool const bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    host = bracketed ? host.substr(1, host.size() - 2) : host;
    boost::system::error_code ec;
    auto const address = ip::make_address(host == "localhost" ? "127.0.0.1" : host, ec);
    if (ec || failed != std::errc{} || end != port_text.data() + port_text.size() || address.is_v6() != bracketed) {
        return std::nullopt;
    }
    return ip::tcp::endpoint{address, port};
}

std::string to_string(listen_address const& where)
{
    if (auto const* const path = std::get_if<std::string>(&where)) {
        return "unix:" + *path;
    }
    auto const& at = std::get<boost::asio::ip::tcp::endpoint>(where);
    auto const host = at.address().to_string();
    return at.address().is_v6() ? fmt::format("[{}]:{}", host, at.port()) : fmt::format("{}:{}", host, at.port());
}

bool is_open_to_others(listen_address const& where)
{
    auto const* const endpoint = std::get_if<boost::asio::ip::tcp::endpoint>(&where);
    return endpoint != nullptr && !endpoint->address().is_loopback();
}

} // namespace sluice::server
