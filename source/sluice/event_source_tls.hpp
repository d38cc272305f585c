#pragma once

#include <sluice/client/options.hpp>
#include <sluice/export.hpp>

#include <boost/asio/ssl/context.hpp>

#include <memory>

namespace sluice {

/// Lets event sources connect by TLS (`event_source_options::tls`). The server is always asked for its name (SNI) and
/// must prove it by a certificate that the context trusts, whatever verification the context is set to.
///
/// The context outlives the event sources, and is not changed while they connect. The layer may be shared by any number
/// of event sources, on any threads. Link `sluice::tls`.
[[nodiscard]] SLUICE_EXPORT std::shared_ptr<tls_layer const> make_tls_layer(boost::asio::ssl::context& context);

/// As above, with a context that trusts the system's authorities. Throws `boost::system::system_error` when OpenSSL
/// cannot make one.
[[nodiscard]] SLUICE_EXPORT std::shared_ptr<tls_layer const> make_tls_layer();

} // namespace sluice
