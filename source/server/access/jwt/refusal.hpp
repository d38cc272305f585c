#pragma once

#include <string_view>

namespace sluice::server::jwt {

/// The check that a token fails.
enum class refusal {
    // The token's form.
    too_large,
    encrypted,
    not_three_parts,
    header_encoding,
    payload_encoding,
    signature_encoding,
    header_not_json,
    header_too_deep,
    header_duplicate,
    payload_not_json,
    payload_too_deep,
    payload_duplicate,
    // The header.
    algorithm_missing,
    algorithm_none,
    algorithm_unknown,
    critical,
    header_member,
    // The signature.
    no_key,
    unknown_key,
    algorithm_not_permitted,
    signature_missing,
    signature_form,
    signature_wrong,
    // The registered claims.
    exp_form,
    exp_missing,
    expired,
    revoked,
    nbf_form,
    not_yet_valid,
    iat_form,
    iss_form,
    iss_missing,
    iss_other,
    aud_form,
    aud_missing,
    aud_other,
    sub_form,
    jti_form,
    // The claims about topics.
    mercure_form,
    mercure_list,
    details_form,
    details_type,
    details_actions,
    details_topics,
    details_match,
    details_match_type,
    too_many_matchers,
};

/// The check that failed, in one line that fits behind "401: ". It does not repeat any of the token.
[[nodiscard]] std::string_view to_text(refusal why) noexcept;

} // namespace sluice::server::jwt
