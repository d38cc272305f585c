#include "access/host.hpp"
#include "access/trusted_proxies.hpp"
#include "groups.hpp"
#include "kinds.hpp"
#include <sluice/http/cors.hpp>

namespace sluice::server {

namespace {

/// A token and the file that holds it.
void add_token(std::vector<declaration>& all, std::string const& name, std::string const& needed_for,
               std::string options::* token, std::string options::* file)
{
    auto const secret = text("TOKEN", "a bearer token (letters, digits and - . _ ~ + /, then = if any)",
                             [](std::string const& given) { return is_bearer_token(given); });
    all.push_back(declare(name, secret, of_server(token),
                          {.group = option_group::access,
                           .summary = "The bearer token for " + needed_for,
                           .details = "Other users of the machine can see a command line, but not a file or a variable "
                                      "that is protected.",
                           .when_unset = "none",
                           .example = "TOKEN",
                           .secret = true,
                           .reloadable = true,
                           .protects = true,
                           .excludes = name + "-file"}));
    all.push_back(declare(name + "-file", path(), of_server(file),
                          {.group = option_group::access,
                           .summary = "A file with this token",
                           .details = "A line end at the end of the file is not part of the token.",
                           .when_unset = "none",
                           .example = "/etc/sluice/" + name,
                           .reloadable = true,
                           .protects = true,
                           .excludes = name}));
}

} // namespace

void add_access(std::vector<declaration>& all)
{
    add_token(all, "publish-token", "publishing and control", &options::publish_token, &options::publish_token_file);
    add_token(all, "subscribe-token", "streams", &options::subscribe_token, &options::subscribe_token_file);
    all.push_back(declare("insecure", on_off(), of_server(&options::insecure),
                          {.group = option_group::access,
                           .summary = "Start without a publish token even if other machines can connect",
                           .reloadable = true}));
    auto const host = text("NAME", "a host's name like hub.example, or *",
                           [](std::string const& given) { return is_host_name(given); });
    all.push_back(declare_list(
        "allowed-host", host, 0, of_server(&options::allowed_hosts),
        {.group = option_group::access,
         .summary = "A host name that requests may use while there is no publish token, or * for any; repeatable",
         .details =
             "IP addresses, localhost and names under .localhost are always allowed. A request with another name in "
             "Host is refused, because it may come from a page whose name was made to point at this machine (DNS "
             "rebinding). With a publish token every name is allowed.",
         .when_unset = "none",
         .example = "hub.example",
         .reloadable = true,
         .protects = true}));
    auto const range = text("CIDR", "an address or a range of addresses like 10.0.0.0/8",
                            [](std::string const& given) { return parse_address_range(given).has_value(); });
    all.push_back(declare_list(
        "trusted-proxy", range, 0, of_server(&options::trusted_proxies),
        {.group = option_group::access,
         .summary = "A proxy, or a range of them, whose word for its clients' addresses is trusted; repeatable",
         .details = "A request from there has as its client's address the rightmost one in Forwarded, else in "
                    "X-Forwarded-For, that is not a trusted proxy. The proxy must set or remove both fields.",
         .when_unset = "none",
         .example = "127.0.0.1",
         .reloadable = true}));
    auto const origin = text("ORIGIN", "an origin like https://page.example or https://*.example.com, or *",
                             [](std::string const& given) { return is_cors_origin(given); });
    all.push_back(declare_list(
        "cors-origin", origin, 0, of_server(&options::cors_origins),
        {.group = option_group::access,
         .summary = "An origin whose pages may read streams, or * for all; repeatable",
         .details =
             "Pages of an origin that is named may publish too. The first label may be *, which stands for any one "
             "label. With * alone, any page may read, but without credentials.",
         .when_unset = "none",
         .example = "https://page.example",
         .reloadable = true}));
}

} // namespace sluice::server
