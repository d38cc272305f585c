#include "access/jwt/compact_form.hpp"
#include "access/jwt/jwks.hpp"
#include "access/jwt/key_file.hpp"
#include "access/jwt/verify.hpp"
#include "options/key_text.hpp"
#include "options/option_error.hpp"
#include "options/values.hpp"
#include "token_command.hpp"
#include "token_options.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <iterator>
#include <utility>
#include <vector>

namespace sluice::server {
namespace {

/// The token itself, or what standard input has of it: a byte too much is enough to refuse it.
[[nodiscard]] std::string token_text(std::string const& argument)
{
    if (argument != "-") {
        return argument;
    }
    std::string text(jwt::most_token_bytes + 2, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), stdin));
    while (text.ends_with('\n') || text.ends_with('\r')) {
        text.pop_back();
    }
    return text;
}

[[nodiscard]] jwt::claim_rules rules_of(token_arguments const& given)
{
    jwt::claim_rules rules{.issuer = given.one("jwt-issuer"),
                           .audiences = given.all("jwt-audience"),
                           .require_exp = given.has("jwt-require-exp")};
    if (given.has("jwt-leeway")) {
        auto const text = given.one("jwt-leeway");
        auto const leeway = parse_duration(text);
        if (!leeway) {
            throw option_error(fmt::format("--jwt-leeway: '{}' is not a duration like 30s, 5m or 0", text));
        }
        rules.leeway = std::chrono::floor<std::chrono::seconds>(*leeway);
    }
    return rules;
}

/// Reads the keys; notes in the output those of sets that are not for tokens.
[[nodiscard]] std::vector<jwt::key> keys_of(token_arguments const& given, std::string& notes)
{
    std::vector<jwt::key> keys;
    for (auto const& path : given.all("jwt-key-file")) {
        keys.push_back(usable_key("--jwt-key-file", path, jwt::read_verifying_key));
    }
    for (auto const& path : given.all("jwks-file")) {
        auto set = usable_key("--jwks-file", path, jwt::parse_jwks);
        std::ranges::move(set.keys, std::back_inserter(keys));
        for (auto const& why : set.left_out) {
            notes += fmt::format("note: {}: {}\n", path, why);
        }
    }
    return keys;
}

/// The text without control characters, C1 included: a token must not write to the terminal what it likes.
[[nodiscard]] std::string printable(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i != text.size(); ++i) {
        auto const c = static_cast<unsigned char>(text[i]);
        bool const is_c1 = c == 0xc2 && i + 1 != text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
        i += is_c1 ? 1 : 0;
        out += is_c1 || c < 0x20 || c == 0x7f ? '?' : text[i];
    }
    return out;
}

[[nodiscard]] std::string time_text(std::chrono::sys_seconds time)
{
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(time.time_since_epoch().count()));
}

[[nodiscard]] std::string matcher_text(jwt::matcher const& one)
{
    switch (one.kind) {
    case jwt::matcher_kind::everything:
        return "*";
    case jwt::matcher_kind::url_pattern:
        return "pattern:" + one.text;
    case jwt::matcher_kind::uri_template:
        return "template:" + one.text;
    case jwt::matcher_kind::exact:
        break;
    }
    return one.text;
}

/// A line for each thing that the token says.
[[nodiscard]] std::string describe(jwt::token_grant const& grant)
{
    std::string out =
        fmt::format("the token is good (Mercure {})\n", grant.dialect == jwt::dialect::v0 ? "0.x" : "1.0");
    auto const say = [&](std::string_view name, std::string_view value) {
        out += value.empty() ? "" : fmt::format("{}: {}\n", name, printable(value));
    };
    say("subject", grant.subject);
    say("token id", grant.token_id);
    say("issued", grant.issued ? time_text(*grant.issued) : "");
    say("expires", grant.expires ? time_text(*grant.expires) : "never");
    for (auto const& one : grant.subscribe) {
        say("subscribe", matcher_text(one));
        say("  payload", one.payload ? *one.payload : "");
    }
    for (auto const& one : grant.publish) {
        say("publish", matcher_text(one));
    }
    say("payload", grant.payload ? *grant.payload : "");
    say("grants", grant.subscribe.empty() && grant.publish.empty() ? "nothing" : "");
    return out;
}

} // namespace

token_outcome check_token(std::span<std::string const> arguments)
{
    token_arguments const given{check_options(), arguments};
    if (given.rest().size() != 1) {
        throw option_error(given.rest().empty() ? "token check: the token is missing"
                                                : "token check: one token at a time is checked");
    }
    auto const rules = rules_of(given);
    token_outcome outcome;
    auto const keys = keys_of(given, outcome.output);
    auto const token = token_text(given.rest().front());
    auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    if (auto const grant = jwt::verify(token, keys, rules, now)) {
        outcome.output += describe(*grant);
        return outcome;
    }
    outcome.status = 1;
    for (auto const why : jwt::failed_checks(token, keys, rules, now)) {
        outcome.output += fmt::format("fails: {}\n", jwt::to_text(why));
    }
    return outcome;
}

} // namespace sluice::server
