#include "refusal.hpp"

namespace sluice::server::jwt {
namespace {

[[nodiscard]] std::string_view form_text(refusal why) noexcept
{
    using enum refusal;
    switch (why) {
    case too_large:
        return "the token has more than 16384 bytes";
    case encrypted:
        return "the token is encrypted (five parts); only signed tokens (three parts) are accepted";
    case not_three_parts:
        return "the token is not a JWT: a JWT has three parts, separated by full stops";
    case header_encoding:
        return "the token's header is not canonical base64url (no padding, no '+' or '/', no left-over bits)";
    case payload_encoding:
        return "the token's payload is not canonical base64url (no padding, no '+' or '/', no left-over bits)";
    case signature_encoding:
        return "the token's signature is not canonical base64url (no padding, no '+' or '/', no left-over bits)";
    case header_not_json:
        return "the token's header is not a JSON object";
    case header_too_deep:
        return "the token's header is nested more than 16 deep";
    case header_duplicate:
        return "the token's header has a member twice";
    case payload_not_json:
        return "the token's payload is not a JSON object";
    case payload_too_deep:
        return "the token's payload is nested more than 16 deep";
    case payload_duplicate:
        return "the token's payload has a member twice";
    default:
        return {};
    }
}

[[nodiscard]] std::string_view signature_text(refusal why) noexcept
{
    using enum refusal;
    switch (why) {
    case algorithm_missing:
        return "the token's header has no 'alg' that is a string";
    case algorithm_none:
        return "the token is not signed (alg 'none')";
    case algorithm_unknown:
        return "the token's 'alg' is not supported; supported are HS, RS, PS and ES with 256, 384 or 512, and EdDSA";
    case critical:
        return "the token's header has 'crit', and no extension is supported";
    case header_member:
        return "the token's 'kid' or 'typ' is not a string";
    case no_key:
        return "there is no key to verify tokens with";
    case unknown_key:
        return "no key has the token's 'kid'";
    case algorithm_not_permitted:
        return "no key may be used with the token's 'alg'";
    case signature_missing:
        return "the token's signature is empty";
    case signature_form:
        return "the token's signature is not r and s one behind the other, both of the curve's size and not zero (DER "
               "is refused)";
    case signature_wrong:
        return "the token's signature was not made with a key that is known here";
    default:
        return {};
    }
}

[[nodiscard]] std::string_view registered_text(refusal why) noexcept
{
    using enum refusal;
    switch (why) {
    case exp_form:
        return "the token's 'exp' is not a time in seconds since 1970";
    case exp_missing:
        return "the token has no 'exp', which is required here";
    case expired:
        return "the token has expired ('exp')";
    case revoked:
        return "the token was revoked";
    case nbf_form:
        return "the token's 'nbf' is not a time in seconds since 1970";
    case not_yet_valid:
        return "the token is not valid yet ('nbf')";
    case iat_form:
        return "the token's 'iat' is not a time in seconds since 1970";
    case iss_form:
        return "the token's 'iss' is not a string";
    case iss_missing:
        return "the token has no 'iss', and an issuer is required here";
    case iss_other:
        return "the token's 'iss' is not the issuer that is required here";
    case aud_form:
        return "the token's 'aud' is neither a string nor an array of strings";
    case aud_missing:
        return "the token has no 'aud', and an audience is required here";
    case aud_other:
        return "the token's 'aud' does not name an audience that is accepted here";
    case sub_form:
        return "the token's 'sub' is not a string";
    case jti_form:
        return "the token's 'jti' is not a string";
    default:
        return {};
    }
}

[[nodiscard]] std::string_view topics_text(refusal why) noexcept
{
    using enum refusal;
    switch (why) {
    case mercure_form:
        return "the token's claim 'mercure' is not an object";
    case mercure_list:
        return "'publish' or 'subscribe' in the token's claim 'mercure' is not an array of strings";
    case details_form:
        return "the token's 'authorization_details' is not an array of objects that have a 'type'";
    case details_type:
        return "a token with Mercure's 'authorization_details' needs the header 'typ': 'at+jwt'";
    case details_actions:
        return "'actions' in the token's 'authorization_details' is not an array of at least one string";
    case details_topics:
        return "'topics' in the token's 'authorization_details' is not an array of at least one object";
    case details_match:
        return "'match' in the token's 'authorization_details' is not a string of at least one character";
    case details_match_type:
        return "'match_type' in the token's 'authorization_details' is neither 'exact' nor 'urlpattern'";
    case too_many_matchers:
        return "the token has more than 1000 matchers of topics";
    default:
        return {};
    }
}

} // namespace

std::string_view to_text(refusal why) noexcept
{
    for (auto const text : {form_text(why), signature_text(why), registered_text(why), topics_text(why)}) {
        if (!text.empty()) {
            return text;
        }
    }
    return {};
}

} // namespace sluice::server::jwt
