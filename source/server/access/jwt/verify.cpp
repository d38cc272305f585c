#include "verify.hpp"

#include "compact_form.hpp"
#include "json_object.hpp"
#include "rights.hpp"
#include "signature.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice::server::jwt {
namespace {

using boost::system::result;
using std::chrono::sys_seconds;

[[nodiscard]] bool is_named(key const& one, compact_form const& token)
{
    return !one.id || !token.kid || *one.id == *token.kid;
}

/// Whether the token names a key that the sets do not have: they may have changed at their source.
[[nodiscard]] bool has_new_id(compact_form const& token, std::span<key const> keys)
{
    auto const has_id = [](key const& one) { return one.id.has_value(); };
    auto const has_this_id = [&](key const& one) { return one.id == token.kid; };
    return token.kid && std::ranges::any_of(keys, has_id) && std::ranges::none_of(keys, has_this_id);
}

[[nodiscard]] std::optional<refusal> check_signature(compact_form const& token, std::span<key const> keys)
{
    if (token.signature.empty()) {
        return refusal::signature_missing;
    }
    if (!has_signature_form(*token.alg, token.signature)) {
        return refusal::signature_form;
    }
    bool permitted = false;
    for (auto const& one : keys) {
        if (!is_named(one, token) || !one.permits(*token.alg)) {
            continue;
        }
        permitted = true;
        if (verify_signature(*token.alg, one, token.signed_text, token.signature)) {
            return std::nullopt;
        }
    }
    return keys.empty()              ? refusal::no_key
           : has_new_id(token, keys) ? refusal::unknown_key
           : !permitted              ? refusal::algorithm_not_permitted
                                     : refusal::signature_wrong;
}

[[nodiscard]] refusal payload_refusal(json_fault fault) noexcept
{
    return fault == json_fault::too_deep    ? refusal::payload_too_deep
           : fault == json_fault::duplicate ? refusal::payload_duplicate
                                            : refusal::payload_not_json;
}

/// The checks of the payload that fail, in order.
[[nodiscard]] std::vector<refusal> read_payload(compact_form const& token, claim_rules const& rules, sys_seconds now,
                                                token_grant& grant)
{
    auto const claims = parse_json_object(token.payload);
    if (claims.has_error()) {
        return {payload_refusal(claims.error())};
    }
    auto failed = read_claims(*claims, rules, now, grant);
    if (auto const why = read_rights(*claims, token.typ, grant)) {
        failed.push_back(*why);
    }
    return failed;
}

} // namespace

result<token_grant, refusal> verify(std::string_view text, std::span<key const> keys, claim_rules const& rules,
                                    sys_seconds now)
{
    auto const token = parse_compact_form(text);
    if (token.has_error()) {
        return token.error();
    }
    if (auto const why = check_signature(*token, keys)) {
        return *why;
    }
    token_grant grant;
    auto const failed = read_payload(*token, rules, now, grant);
    return failed.empty() ? result<token_grant, refusal>{std::move(grant)} : failed.front();
}

std::vector<refusal> failed_checks(std::string_view text, std::span<key const> keys, claim_rules const& rules,
                                   sys_seconds now)
{
    auto const token = parse_compact_form(text);
    if (token.has_error()) {
        return {token.error()};
    }
    token_grant grant;
    auto failed = read_payload(*token, rules, now, grant);
    if (auto const why = check_signature(*token, keys)) {
        failed.insert(failed.begin(), *why);
    }
    return failed;
}

} // namespace sluice::server::jwt
