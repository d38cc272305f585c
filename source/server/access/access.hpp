#pragma once

#include "access/jwt/verifier.hpp"
#include "admission.hpp"
#include "given_token.hpp"
#include <sluice/http/cors.hpp>

#include <boost/beast/http/fields.hpp>
#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace sluice::server {

/// Which requests a route serves, from the least to the most strict. A token is needed if one is set, or a key for JSON
/// Web Tokens.
enum class access {
    open,      ///< all
    subscribe, ///< those with a token for streams
    presence,  ///< those with a token for streams or for publishing; the route says what it reaches
    publish,   ///< those with a token for publishing, and not from another site's page
    control,   ///< those of them that may publish everything
};

/// Who sends a request, or why it is refused.
using authentication = boost::system::result<admission, access_refusal>;

/// What the policy needs to know of the options.
struct access_options {
    std::string publish_token{};   ///< empty: there is none
    std::string subscribe_token{}; ///< empty: there is none
    bool has_keys = false;         ///< whether JSON Web Tokens count
    bool anonymous = false;        ///< whether streams need no token all the same
};

/// Checks requests for bearer tokens (RFC 6750). The static tokens cannot be read back.
class access_policy {
public:
    explicit access_policy(access_options o);

    /// Who sends a request for such a route. The token is where `given_token` finds it. A static token and one that the
    /// verifier knows to be good are accepted alike.
    ///
    /// The subject of a static token is a keyed digest of it: requests with another token have another subject, and the
    /// subject does not reveal the token.
    [[nodiscard]] authentication authenticate(access needed, boost::beast::http::fields const& head,
                                              std::string_view query, cors_policy const& cors,
                                              jwt::verifier& tokens) const;

    /// Whether publishing and control need a token.
    [[nodiscard]] bool guards_publishing() const noexcept { return has_keys_ || !publish_.token.empty(); }

private:
    [[nodiscard]] authentication authenticate_observer(boost::beast::http::fields const& head, std::string_view query,
                                                       cors_policy const& cors, jwt::verifier& tokens) const;

    struct secret {
        std::string token;
        std::string subject;
    };

    secret publish_;
    secret subscribe_;
    bool has_keys_;
    bool anonymous_;
};

/// Whether the given text is the secret. The time depends on the length of the given text only, not on whether or where
/// the two differ.
[[nodiscard]] bool same_secret(std::string_view given, std::string_view secret) noexcept;

} // namespace sluice::server
