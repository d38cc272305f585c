#pragma once

#include <boost/asio/ssl/context.hpp>

namespace sluice::test {

/// The server's side of TLS, with a key and a certificate for `localhost` that were made for this run.
[[nodiscard]] boost::asio::ssl::context& server_tls();
/// The client's side, which trusts that certificate alone.
[[nodiscard]] boost::asio::ssl::context& client_tls();

} // namespace sluice::test
