#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sluice::server {

/// Where to listen: an address and port, or the path of a local socket.
using listen_address = std::variant<boost::asio::ip::tcp::endpoint, std::string>;

/// Reads `127.0.0.1:8080`, `[::1]:8080` or `unix:PATH`; nothing for anything else.
[[nodiscard]] std::optional<listen_address> parse_listen_address(std::string_view text);

/// The address as `parse_listen_address` reads it.
[[nodiscard]] std::string to_string(listen_address const& where);

/// Whether others than this machine can connect there.
[[nodiscard]] bool is_open_to_others(listen_address const& where);

} // namespace sluice::server
