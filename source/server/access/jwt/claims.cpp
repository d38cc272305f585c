#include "claims.hpp"

#include "json_object.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

namespace sluice::server::jwt {
namespace {

namespace json = boost::json;
using std::chrono::seconds;
using std::chrono::sys_seconds;

/// The largest number up to which a double has all whole ones; no time is later.
constexpr double latest = 9007199254740992.0;

/// The time, whose fraction of a second is dropped. Nothing if it is none.
[[nodiscard]] std::optional<sys_seconds> time_of(json::value const& claim)
{
    boost::system::error_code ec;
    auto const number = claim.is_number() ? claim.to_number<double>(ec) : -1.0;
    bool const good = !ec && number >= 0 && number <= latest;
    return good ? std::optional{sys_seconds{seconds{static_cast<std::int64_t>(std::floor(number))}}} : std::nullopt;
}

/// Reads claims one by one and notes what is wrong with them.
class reader {
public:
    reader(json::object const& claims, std::vector<refusal>& failed) : claims_{claims}, failed_{failed} {}

    /// The claim; null if there is none. `null` counts as a value.
    [[nodiscard]] json::value const* find(std::string_view name) const { return claims_.if_contains(name); }

    [[nodiscard]] std::optional<sys_seconds> time(std::string_view name, refusal if_not)
    {
        auto const* const claim = find(name);
        auto const time = claim == nullptr ? std::nullopt : time_of(*claim);
        check(claim == nullptr || time.has_value(), if_not);
        return time;
    }

    [[nodiscard]] std::string text(std::string_view name, refusal if_not)
    {
        auto const* const claim = find(name);
        auto const value = string_of(claim);
        check(claim == nullptr || value, if_not);
        return std::string{value.value_or("")};
    }

    void check(bool holds, refusal if_not)
    {
        if (!holds) {
            failed_.push_back(if_not);
        }
    }

private:
    json::object const& claims_;
    std::vector<refusal>& failed_;
};

void check_times(reader& read, claim_rules const& rules, sys_seconds now, token_grant& grant)
{
    grant.expires = read.time("exp", refusal::exp_form);
    read.check(read.find("exp") != nullptr || !rules.require_exp, refusal::exp_missing);
    read.check(!grant.expires || !has_expired(*grant.expires, rules, now), refusal::expired);
    auto const begins = read.time("nbf", refusal::nbf_form);
    read.check(!begins || now + rules.leeway >= *begins, refusal::not_yet_valid);
    grant.issued = read.time("iat", refusal::iat_form);
}

void check_issuer(reader& read, claim_rules const& rules)
{
    auto const* const claim = read.find("iss");
    auto const issuer = read.text("iss", refusal::iss_form);
    if (!rules.issuer.empty()) {
        read.check(claim != nullptr, refusal::iss_missing);
        read.check(claim == nullptr || !claim->is_string() || issuer == rules.issuer, refusal::iss_other);
    }
}

void check_audience(reader& read, claim_rules const& rules)
{
    auto const* const claim = read.find("aud");
    if (claim == nullptr) {
        read.check(rules.audiences.empty(), refusal::aud_missing);
        return;
    }
    auto const is_text = [](json::value const& one) { return one.is_string(); };
    auto const* const list = claim->if_array();
    if (list == nullptr ? !claim->is_string() : !std::ranges::all_of(*list, is_text)) {
        read.check(false, refusal::aud_form);
        return;
    }
    auto const is_named = [&](std::string_view audience) {
        auto const is_it = [&](json::value const& one) { return string_of(&one) == audience; };
        return list == nullptr ? is_it(*claim) : std::ranges::any_of(*list, is_it);
    };
    read.check(rules.audiences.empty() || std::ranges::any_of(rules.audiences, is_named), refusal::aud_other);
}

} // namespace

std::vector<refusal> read_claims(json::object const& claims, claim_rules const& rules, sys_seconds now,
                                 token_grant& grant)
{
    std::vector<refusal> failed;
    reader read{claims, failed};
    check_times(read, rules, now, grant);
    check_issuer(read, rules);
    check_audience(read, rules);
    grant.subject = read.text("sub", refusal::sub_form);
    grant.token_id = read.text("jti", refusal::jti_form);
    return failed;
}

} // namespace sluice::server::jwt
