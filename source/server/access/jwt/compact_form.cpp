#include "compact_form.hpp"

#include "base64url.hpp"
#include "json_object.hpp"

#include <boost/algorithm/string/predicate.hpp>

#include <algorithm>
#include <utility>

namespace sluice::server::jwt {
namespace {

namespace json = boost::json;

[[nodiscard]] refusal header_refusal(json_fault fault) noexcept
{
    return fault == json_fault::too_deep    ? refusal::header_too_deep
           : fault == json_fault::duplicate ? refusal::header_duplicate
                                            : refusal::header_not_json;
}

[[nodiscard]] std::optional<refusal> read_header(json::object const& header, compact_form& token)
{
    if (header.contains("crit")) {
        return refusal::critical;
    }
    auto const name = string_of(header.if_contains("alg"));
    if (!name) {
        return refusal::algorithm_missing;
    }
    token.alg = find_algorithm(*name);
    if (token.alg == nullptr) {
        return boost::algorithm::iequals(*name, "none") ? refusal::algorithm_none : refusal::algorithm_unknown;
    }
    auto const kid = string_of(header.if_contains("kid"));
    auto const typ = string_of(header.if_contains("typ"));
    if (kid.has_value() != header.contains("kid") || typ.has_value() != header.contains("typ")) {
        return refusal::header_member;
    }
    token.kid = kid;
    token.typ = typ.value_or("");
    return std::nullopt;
}

} // namespace

boost::system::result<compact_form, refusal> parse_compact_form(std::string_view text)
{
    if (text.size() > most_token_bytes) {
        return refusal::too_large;
    }
    if (auto const stops = std::ranges::count(text, '.'); stops != 2) {
        return stops == 4 ? refusal::encrypted : refusal::not_three_parts;
    }
    auto const first = text.find('.');
    auto const second = text.find('.', first + 1);
    auto const header_text = decode_base64url(text.substr(0, first));
    if (!header_text) {
        return refusal::header_encoding;
    }
    auto const header = parse_json_object(*header_text);
    if (header.has_error()) {
        return header_refusal(header.error());
    }
    compact_form token{};
    if (auto const why = read_header(*header, token)) {
        return *why;
    }
    auto payload = decode_base64url(text.substr(first + 1, second - first - 1));
    if (!payload) {
        return refusal::payload_encoding;
    }
    auto signature = decode_base64url(text.substr(second + 1));
    if (!signature) {
        return refusal::signature_encoding;
    }
    token.payload = std::move(*payload);
    token.signature = std::move(*signature);
    token.signed_text = text.substr(0, second);
    return token;
}

} // namespace sluice::server::jwt
