#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sluice::server {

/// A local socket: its file, and the permissions that the file gets where they are given.
struct local_address {
    std::string path;
    std::optional<unsigned> mode{};

    /// The same file.
    friend bool operator==(local_address const& a, local_address const& b) { return a.path == b.path; }
};

/// Where to listen: an address and port, or a local socket. The IPv6 address `::` stands for every address, those of
/// IPv4 too.
using listen_address = std::variant<boost::asio::ip::tcp::endpoint, local_address>;

/// Reads `127.0.0.1:8080`, `[::1]:8080`, `:8080` (every address), `unix:PATH` or `unix:PATH?mode=0660`; nothing for
/// anything else.
[[nodiscard]] std::optional<listen_address> parse_listen_address(std::string_view text);

/// The address as `parse_listen_address` reads it.
[[nodiscard]] std::string to_string(listen_address const& where);

/// Whether others than this machine can connect there.
[[nodiscard]] bool is_open_to_others(listen_address const& where);

} // namespace sluice::server
