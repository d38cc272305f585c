#pragma once

#include <sluice/client/options.hpp>
#include <sluice/export.hpp>

#include <boost/asio/ssl/context.hpp>

#include <memory>

namespace sluice {

/// Lets event sources connect with TLS (`event_source_options::tls`). The server is told its name (SNI) and must prove
/// it with a certificate that the context trusts, whatever verification mode the context has.
///
/// The context outlives the event sources and must not be changed while they connect. Any number of event sources, on
/// any threads, may share the layer. Link `sluice::tls`.
/// @code
/// asio::ssl::context authority{asio::ssl::context::tls_client};
/// authority.load_verify_file("authority.pem");
/// options.tls = sluice::make_tls_layer(authority);
/// @endcode
[[nodiscard]] SLUICE_EXPORT std::shared_ptr<tls_layer const> make_tls_layer(boost::asio::ssl::context& context);

/// The same, with a context that trusts the system's authorities. Throws `boost::system::system_error` if OpenSSL
/// cannot make one.
[[nodiscard]] SLUICE_EXPORT std::shared_ptr<tls_layer const> make_tls_layer();

} // namespace sluice
