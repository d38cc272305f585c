#include "listen_address.hpp"

#include <boost/asio/ip/address.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace sluice::server {
namespace {

constexpr unsigned most_mode = 0777;

/// Reads the path and the permissions that may follow it.
[[nodiscard]] std::optional<listen_address> parse_local(std::string_view text)
{
    auto const path = text.substr(0, text.find('?'));
    auto const rest = text.substr(path.size());
    if (path.empty()) {
        return std::nullopt;
    }
    local_address local{.path = std::string{path}};
    constexpr std::string_view name = "?mode=";
    if (!rest.empty()) {
        auto const octal = rest.substr(std::min(name.size(), rest.size()));
        auto& mode = local.mode.emplace(0);
        auto const [end, failed] = std::from_chars(octal.data(), octal.data() + octal.size(), mode, 8);
        if (!rest.starts_with(name) || failed != std::errc{} || end != octal.data() + octal.size() ||
            mode > most_mode) {
            return std::nullopt;
        }
    }
    return local;
}

} // namespace

std::optional<listen_address> parse_listen_address(std::string_view text)
{
    namespace ip = boost::asio::ip;
    constexpr std::string_view local = "unix:";
    if (text.starts_with(local)) {
        return parse_local(text.substr(local.size()));
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
    auto const address = host.empty() ? ip::address{ip::address_v6::any()}
                                      : ip::make_address(host == "localhost" ? "127.0.0.1" : host, ec);
    if (ec || failed != std::errc{} || end != port_text.data() + port_text.size() ||
        (!host.empty() && address.is_v6() != bracketed)) {
        return std::nullopt;
    }
    return ip::tcp::endpoint{address, port};
}

std::string to_string(listen_address const& where)
{
    if (auto const* const local = std::get_if<local_address>(&where)) {
        return "unix:" + local->path;
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
