#include "jwks.hpp"

#include "base64url.hpp"
#include "json_object.hpp"
#include "openssl_ptr.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace sluice::server::jwt {
namespace {

namespace json = boost::json;

constexpr std::size_t most_keys = 100;

/// Why an entry is not for verifying tokens; as a fault, but none.
struct unfit {
    std::string text;
};

using entry_result = std::variant<key, unfit, key_fault>;

/// The member, if it is a string.
[[nodiscard]] std::optional<std::string_view> text_of(json::object const& entry, std::string_view name)
{
    return string_of(entry.if_contains(name));
}

/// The bytes of a member in base64url, which must not be empty.
[[nodiscard]] key_result<std::string> bytes_in(json::object const& entry, std::string_view name)
{
    auto const text = text_of(entry, name);
    auto bytes = text ? decode_base64url(*text) : std::nullopt;
    if (!bytes || bytes->empty()) {
        return key_fault{fmt::format("has no '{}' in canonical base64url", name)};
    }
    return {boost::system::in_place_value, std::move(*bytes)};
}

[[nodiscard]] key_result<key> from_parameters(char const* type, OSSL_PARAM_BLD* builder)
{
    parameters_ptr const parameters{OSSL_PARAM_BLD_to_param(builder)};
    pkey_context_ptr const context{EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
    EVP_PKEY* pkey = nullptr;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &pkey, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
        return key_fault{"has numbers that are not those of a public key"};
    }
    return make_asymmetric(std::shared_ptr<EVP_PKEY>{pkey_ptr{pkey}});
}

[[nodiscard]] entry_result rsa(json::object const& entry)
{
    auto const n = bytes_in(entry, "n");
    auto const e = bytes_in(entry, "e");
    if (n.has_error() || e.has_error()) {
        return n.has_error() ? n.error() : e.error();
    }
    auto const number = [](std::string_view bytes) {
        return bignum_ptr{BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr)};
    };
    auto const modulus = number(*n);
    auto const exponent = number(*e);
    parameter_builder_ptr const builder{OSSL_PARAM_BLD_new()};
    OSSL_PARAM_BLD_push_BN(builder.get(), "n", modulus.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), "e", exponent.get());
    auto made = from_parameters("RSA", builder.get());
    return made ? entry_result{std::move(*made)} : made.error();
}

[[nodiscard]] entry_result elliptic_curve(json::object const& entry)
{
    struct named_curve {
        std::string_view name;
        char const* group;
        std::size_t bytes;
    };
    static constexpr std::array<named_curve, 3> curves{
        {{"P-256", "prime256v1", 32}, {"P-384", "secp384r1", 48}, {"P-521", "secp521r1", 66}}};
    auto const* const curve = std::ranges::find(curves, text_of(entry, "crv").value_or(""), &named_curve::name);
    if (curve == curves.end()) {
        return unfit{"its 'crv' is none of P-256, P-384 and P-521"};
    }
    auto const x = bytes_in(entry, "x");
    auto const y = bytes_in(entry, "y");
    if (x.has_error() || y.has_error()) {
        return x.has_error() ? x.error() : y.error();
    }
    if (x->size() != curve->bytes || y->size() != curve->bytes) {
        return key_fault{fmt::format("has an 'x' or 'y' that is not {} bytes long", curve->bytes)};
    }
    auto const point = '\x04' + *x + *y;
    parameter_builder_ptr const builder{OSSL_PARAM_BLD_new()};
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), "group", curve->group, 0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), "pub", point.data(), point.size());
    auto made = from_parameters("EC", builder.get());
    return made ? entry_result{std::move(*made)} : made.error();
}

[[nodiscard]] entry_result ed25519(json::object const& entry)
{
    if (text_of(entry, "crv") != "Ed25519") {
        return unfit{"its 'crv' is not Ed25519"};
    }
    auto const x = bytes_in(entry, "x");
    if (x.has_error()) {
        return x.error();
    }
    pkey_ptr pkey{EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(*x), x->size())};
    if (!pkey) {
        return key_fault{"has an 'x' that is not 32 bytes long"};
    }
    auto made = make_asymmetric(std::shared_ptr<EVP_PKEY>{std::move(pkey)});
    return made ? entry_result{std::move(*made)} : made.error();
}

[[nodiscard]] entry_result secret(json::object const& entry)
{
    auto k = bytes_in(entry, "k");
    if (k.has_error()) {
        return k.error();
    }
    auto made = make_secret(std::move(*k));
    return made ? entry_result{std::move(*made)} : made.error();
}

[[nodiscard]] entry_result of_type(json::object const& entry)
{
    auto const type = text_of(entry, "kty");
    if (!type) {
        return key_fault{"has no 'kty'"};
    }
    if (*type == "RSA") {
        return rsa(entry);
    }
    if (*type == "EC") {
        return elliptic_curve(entry);
    }
    if (*type == "OKP") {
        return ed25519(entry);
    }
    return *type == "oct" ? secret(entry) : unfit{"its 'kty' is none of RSA, EC, OKP and oct"};
}

/// Whether the entry says that it is for something else than signatures.
[[nodiscard]] std::optional<unfit> other_purpose(json::object const& entry)
{
    if (auto const* const use = entry.if_contains("use"); use != nullptr && text_of(entry, "use") != "sig") {
        return unfit{"its 'use' is not 'sig'"};
    }
    if (auto const* const operations = entry.if_contains("key_ops")) {
        auto const* const list = operations->if_array();
        auto const verifies = [](json::value const& one) { return string_of(&one) == "verify"; };
        if (list == nullptr || std::ranges::none_of(*list, verifies)) {
            return unfit{"its 'key_ops' have no 'verify'"};
        }
    }
    if (auto const* const alg = entry.if_contains("alg");
        alg != nullptr && find_algorithm(text_of(entry, "alg").value_or("")) == nullptr) {
        return unfit{"its 'alg' is not one for tokens"};
    }
    return std::nullopt;
}

[[nodiscard]] entry_result read_entry(json::object const& entry)
{
    if (auto other = other_purpose(entry)) {
        return std::move(*other);
    }
    auto result = of_type(entry);
    if (auto* const made = std::get_if<key>(&result)) {
        if (auto const id = text_of(entry, "kid")) {
            made->id = *id;
        } else if (entry.contains("kid")) {
            return key_fault{"has a 'kid' that is not a string"};
        }
        auto const* const only = find_algorithm(text_of(entry, "alg").value_or(""));
        if (only != nullptr && !made->permits(*only)) {
            return key_fault{fmt::format("cannot be used with its 'alg', {}", only->name)};
        }
        made->only = only;
    }
    return result;
}

} // namespace

key_result<jwks> parse_jwks(std::string_view text)
{
    auto const set = parse_json_object(text);
    if (set.has_error()) {
        return key_fault{fmt::format("is {}", to_text(set.error()))};
    }
    auto const* const value = set->if_contains("keys");
    auto const* const entries = value == nullptr ? nullptr : value->if_array();
    if (entries == nullptr) {
        return key_fault{"has no array 'keys'"};
    }
    if (entries->size() > most_keys) {
        return key_fault{fmt::format("has more than {} keys", most_keys)};
    }
    jwks read;
    std::size_t number = 0;
    for (auto const& entry : *entries) {
        auto const* const object = entry.if_object();
        auto const id = object == nullptr ? std::nullopt : text_of(*object, "kid");
        auto const name = fmt::format("key {}{}", ++number, id ? fmt::format(" ('{}')", *id) : "");
        auto result = object == nullptr ? key_fault{"is not an object"} : read_entry(*object);
        if (auto const* const fault = std::get_if<key_fault>(&result)) {
            return key_fault{fmt::format("is refused: {} {}", name, fault->text)};
        }
        if (auto const* const other = std::get_if<unfit>(&result)) {
            read.left_out.push_back(fmt::format("{} is left out: {}", name, other->text));
        } else {
            read.keys.push_back(std::move(std::get<key>(result)));
        }
    }
    return read;
}

} // namespace sluice::server::jwt
