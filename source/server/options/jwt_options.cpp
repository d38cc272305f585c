#include "groups.hpp"
#include "keys/fetch.hpp"
#include "kinds.hpp"

#include <string>
#include <vector>

namespace sluice::server {

using namespace std::chrono_literals;

namespace {

template <class T>
[[nodiscard]] auto of_jwt(T jwt_options::* member)
{
    return [member](auto& o) -> auto& { return o.jwt.*member; };
}

/// The options of which each gives keys.
[[nodiscard]] std::vector<std::string> key_options() { return {"jwt-key-file", "jwks-file", "jwks-url"}; }

/// An option that names files with keys. What is in them is part of its value, so that a reload takes other keys from
/// the same files.
[[nodiscard]] declaration declare_keys(std::string name, std::vector<std::string> jwt_options::* files,
                                       std::vector<std::string> jwt_options::* texts, option_traits traits)
{
    auto d = declare_list(std::move(name), path(), 0, of_jwt(files), std::move(traits));
    d.copy = [files, texts](options& to, options const& from) {
        to.jwt.*files = from.jwt.*files;
        to.jwt.*texts = from.jwt.*texts;
    };
    d.same = [files, texts](options const& a, options const& b) {
        return a.jwt.*files == b.jwt.*files && a.jwt.*texts == b.jwt.*texts;
    };
    return d;
}

void add_keys(std::vector<declaration>& all)
{
    all.push_back(declare_keys(
        "jwt-key-file", &jwt_options::key_files, &jwt_options::key_texts,
        {.group = option_group::access,
         .summary = "A key for JSON Web Tokens: a public key or certificate in PEM, or a secret; repeatable",
         .details = "With a key, streams and publishers need a token that it verifies, or else the subscribe or "
                    "publish token. A secret has at least 32 bytes; a line end at the end is no part of it. What the "
                    "key is decides which algorithms may be used with it.",
         .when_unset = "none",
         .example = "/etc/sluice/jwt.pem",
         .reloadable = true,
         .protects = true}));
    all.push_back(declare_keys("jwks-file", &jwt_options::jwks_files, &jwt_options::jwks_texts,
                               {.group = option_group::access,
                                .summary = "A JSON Web Key Set with such keys; repeatable",
                                .details = "Entries that are not for verifying tokens are left out, with a warning.",
                                .when_unset = "none",
                                .example = "/etc/sluice/jwks.json",
                                .reloadable = true,
                                .protects = true}));
}

void add_url(std::vector<declaration>& all)
{
    auto const url = text("URL", "an http or https URL like https://accounts.example/jwks.json", is_web_url);
    all.push_back(declare("jwks-url", url, of_jwt(&jwt_options::jwks_url),
                          {.group = option_group::access,
                           .summary = "The URL of a JSON Web Key Set with such keys",
                           .details = "It is fetched at the start, again at intervals, and when a token names a key "
                                      "that it does not have. While it cannot be fetched, the older set stays in "
                                      "force. With https the system's authorities must vouch for the server.",
                           .when_unset = "none",
                           .example = "https://accounts.example/jwks.json",
                           .protects = true}));
    all.push_back(
        declare("jwks-refresh", duration(1ms), of_jwt(&jwt_options::jwks_refresh),
                {.group = option_group::access, .summary = "How often this set is fetched", .needs = {"jwks-url"}}));
}

void add_claims(std::vector<declaration>& all)
{
    auto const name = text("TEXT", "a text", [](std::string const& given) { return !given.empty(); });
    all.push_back(declare("jwt-issuer", name, of_jwt(&jwt_options::issuer),
                          {.group = option_group::access,
                           .summary = "The issuer (iss) that each JSON Web Token must name",
                           .when_unset = "any",
                           .example = "https://accounts.example",
                           .reloadable = true,
                           .protects = true,
                           .needs = key_options()}));
    all.push_back(declare_list("jwt-audience", name, 0, of_jwt(&jwt_options::audiences),
                               {.group = option_group::access,
                                .summary = "The audience (aud) that each must name, or one of them; repeatable",
                                .when_unset = "any",
                                .example = "https://hub.example",
                                .reloadable = true,
                                .protects = true,
                                .needs = key_options()}));
    all.push_back(declare("jwt-leeway", duration(), of_jwt(&jwt_options::leeway),
                          {.group = option_group::access,
                           .summary = "By how much the clocks of who makes tokens and of this machine may differ",
                           .details = "A token is accepted until that much after it expires (exp), and from that much "
                                      "before it is valid (nbf).",
                           .reloadable = true,
                           .needs = key_options()}));
    all.push_back(declare("jwt-require-exp", on_off(), of_jwt(&jwt_options::require_exp),
                          {.group = option_group::access,
                           .summary = "Refuse JSON Web Tokens that never expire",
                           .reloadable = true,
                           .needs = key_options()}));
}

void add_revocation(std::vector<declaration>& all)
{
    all.push_back(declare("revocation-ttl", duration(1ms), of_jwt(&jwt_options::revocation_ttl),
                          {.group = option_group::access,
                           .summary = "For how long tokens that were revoked (POST /revoke) are refused",
                           .details = "It should be longer than tokens live.",
                           .needs = key_options()}));
}

} // namespace

void add_jwt(std::vector<declaration>& all)
{
    add_keys(all);
    add_url(all);
    add_claims(all);
    add_revocation(all);
    all.push_back(declare("anonymous", on_off(), of_server(&options::anonymous),
                          {.group = option_group::access,
                           .summary = "Serve streams without a token, though there is a key or a subscribe token",
                           .details = "They get public events, and no private ones. A token that is given must be good "
                                      "all the same.",
                           .reloadable = true}));
}

} // namespace sluice::server
