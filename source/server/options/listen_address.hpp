#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sluice::server {

/// A local socket: the path of its file, and the file's permissions if they are given.
struct local_address {
    std::string path;
    std::optional<unsigned> mode{};

    /// Whether both have the same file.
    friend bool operator==(local_address const& a, local_address const& b) { return a.path == b.path; }
};

/// Where to listen: an address and port, or a local socket. The IPv6 address `::` means every address, including those
/// of IPv4.
using listen_address = std::variant<boost::asio::ip::tcp::endpoint, local_address>;

/// Reads `127.0.0.1:8080`, `[::1]:8080`, `:8080` (every address), `unix:PATH` or `unix:PATH?mode=0660`; returns nothing
/// for anything else.
[[nodiscard]] std::optional<listen_address> parse_listen_address(std::string_view text);

/// Writes the address in the form that `parse_listen_address` reads.
[[nodiscard]] std::string to_string(listen_address const& where);

/// Whether other machines can connect to it.
[[nodiscard]] bool is_open_to_others(listen_address const& where);

} // namespace sluice::server
