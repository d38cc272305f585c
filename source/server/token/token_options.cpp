#include "token_options.hpp"

#include "options/did_you_mean.hpp"
#include "options/help.hpp"
#include "options/option_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace sluice::server {
namespace {

/// The option that the argument names. Throws if there is none.
[[nodiscard]] token_option const& find(std::span<token_option const> known, std::string const& name)
{
    auto const found =
        std::ranges::find_if(known, [&](token_option const& o) { return name == fmt::format("--{}", o.flag); });
    if (found == known.end()) {
        std::vector<std::string> flags;
        std::ranges::transform(known, std::back_inserter(flags),
                               [](token_option const& o) { return fmt::format("--{}", o.flag); });
        throw option_error(fmt::format("token: '{}' is not an option{}; sluice token --help lists them", name,
                                       did_you_mean(name, flags)));
    }
    return *found;
}

[[nodiscard]] bool is_option(std::string_view argument) { return argument.size() > 2 && argument.starts_with("--"); }

} // namespace

std::span<token_option const> make_options()
{
    static constexpr std::array<token_option, 11> all{{
        {.flag = "key-file",
         .placeholder = "PATH",
         .summary = "The key to sign with: a private key in PEM, or a file with a secret",
         .details = "A secret has at least 32 bytes; a line end at the end is no part of it. An RSA key has at least "
                    "2,048 bits; other keys are on the curve P-256, P-384 or P-521, or are Ed25519."},
        {.flag = "alg",
         .placeholder = "ALG",
         .summary = "The algorithm, which the key must be fit for",
         .details = "By default HS256 with a secret, RS256 with an RSA key, ES256, ES384 or ES512 with one on a curve, "
                    "and EdDSA with Ed25519."},
        {.flag = "subscribe",
         .placeholder = "MATCHER",
         .summary = "Topics to which it may subscribe; repeatable",
         .repeatable = true},
        {.flag = "publish",
         .placeholder = "MATCHER",
         .summary = "Topics to which it may publish; repeatable",
         .repeatable = true},
        {.flag = "dialect",
         .placeholder = "DIALECT",
         .summary = "The form of the rights: 0.x (claim mercure) or 1.0 (authorization_details) [0.x]",
         .details = "A hub of Mercure 1.0 also asks for an issuer, an audience and an expiry."},
        {.flag = "subject", .placeholder = "TEXT", .summary = "Whose it is (sub)"},
        {.flag = "expires-in", .placeholder = "DURATION", .summary = "When it expires (exp), from now on [never]"},
        {.flag = "issuer", .placeholder = "TEXT", .summary = "Who made it (iss)"},
        {.flag = "audience", .placeholder = "TEXT", .summary = "For whom it is made (aud)"},
        {.flag = "token-id",
         .placeholder = "TEXT",
         .summary = "Its own name (jti), by which it can be revoked [a random one]"},
        {.flag = "help", .placeholder = "", .summary = "Print this help and exit"},
    }};
    return all;
}

std::span<token_option const> check_options()
{
    static constexpr std::array<token_option, 7> all{{
        {.flag = "jwt-key-file",
         .placeholder = "PATH",
         .summary = "A key to verify with: a public key or certificate in PEM, or a file with a secret; repeatable",
         .repeatable = true},
        {.flag = "jwks-file",
         .placeholder = "PATH",
         .summary = "A JSON Web Key Set to verify with; repeatable",
         .repeatable = true},
        {.flag = "jwt-issuer", .placeholder = "TEXT", .summary = "The issuer (iss) that it must name [any]"},
        {.flag = "jwt-audience",
         .placeholder = "TEXT",
         .summary = "The audience (aud) that it must name, or one of them; repeatable [any]",
         .repeatable = true},
        {.flag = "jwt-leeway", .placeholder = "DURATION", .summary = "By how much clocks may differ [30s]"},
        {.flag = "jwt-require-exp", .placeholder = "", .summary = "Refuse a token that never expires"},
        {.flag = "help", .placeholder = "", .summary = "Print this help and exit"},
    }};
    return all;
}

std::string token_help()
{
    std::string out = "sluice token: makes and checks JSON Web Tokens\n\n"
                      "Usage: sluice token make --key-file PATH [OPTION]...\n"
                      "       sluice token check TOKEN [OPTION]...\n\nmake prints a token:\n";
    for (auto const& o : make_options()) {
        out += help_entry(o.flag, o.placeholder, o.summary);
    }
    out += "\ncheck says what a token grants, or each check that it fails:\n";
    for (auto const& o : check_options()) {
        out += help_entry(o.flag, o.placeholder, o.summary);
    }
    out += R"(
A MATCHER is a topic, or * for all of them. One that begins with pattern: is a
URL Pattern (1.0 only), one that begins with template: a URI template (0.x only).
A TOKEN of - is read from standard input, where other users cannot see it.
check exits with 0 if the token is good, with 1 if it is not.
)";
    return out;
}

token_arguments::token_arguments(std::span<token_option const> known, std::span<std::string const> arguments)
{
    for (auto next = arguments.begin(); next != arguments.end(); ++next) {
        if (!is_option(*next)) {
            rest_.push_back(*next);
            continue;
        }
        auto const equals = next->find('=');
        auto const name = next->substr(0, equals);
        auto const& option = find(known, name);
        bool const is_switch = option.placeholder.empty();
        if (has(option.flag) && !option.repeatable) {
            throw option_error(fmt::format("{}: it is given twice", name));
        }
        if (is_switch && equals != std::string::npos) {
            throw option_error(fmt::format("{}: it takes no value", name));
        }
        std::string value{is_switch ? "true" : ""};
        if (equals != std::string::npos) {
            value = next->substr(equals + 1);
        } else if (!is_switch && next + 1 != arguments.end() && !is_option(next[1])) {
            value = *++next;
        }
        if (value.empty()) {
            throw option_error(fmt::format("{}: its value is missing", name));
        }
        given_.push_back({.flag = option.flag, .value = std::move(value)});
    }
}

std::string token_arguments::one(std::string_view flag) const
{
    auto const values = all(flag);
    return values.empty() ? std::string{} : values.front();
}

std::vector<std::string> token_arguments::all(std::string_view flag) const
{
    std::vector<std::string> values;
    for (auto const& one : given_) {
        if (one.flag == flag) {
            values.push_back(one.value);
        }
    }
    return values;
}

} // namespace sluice::server
