#include <sluice/http/cors.hpp>

#include <sluice/http/characters.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace sluice {
namespace {

/// Whether the entry is this origin, or has a `*` as its first label that stands for the origin's.
[[nodiscard]] bool covers(std::string_view listed, std::string_view origin)
{
    constexpr std::string_view star = "://*.";
    auto const at = listed.find(star);
    if (at == std::string_view::npos) {
        return listed == origin;
    }
    auto const before = listed.substr(0, at + star.size() - 2);
    auto const behind = listed.substr(at + star.size() - 1);
    if (origin.size() <= before.size() + behind.size() || !origin.starts_with(before) || !origin.ends_with(behind)) {
        return false;
    }
    auto const label = origin.substr(before.size(), origin.size() - before.size() - behind.size());
    return std::ranges::all_of(label, [](char c) { return is_lower(c) || is_digit(c) || is_one_of(c, "-_"); });
}

} // namespace

cors_policy::cors_policy(std::vector<std::string> origins)
    : origins_{std::move(origins)}, any_{std::ranges::find(origins_, "*") != origins_.end()}
{
    auto const wrong = std::ranges::find_if_not(origins_, is_cors_origin);
    if (wrong != origins_.end()) {
        throw std::invalid_argument(fmt::format(
            "sluice::cors_policy: '{}' is not an origin like https://page.example or https://*.example.com, "
            "nor *",
            *wrong));
    }
}

bool cors_policy::is_listed(std::string_view origin) const
{
    return origin != "*" && std::ranges::any_of(origins_, [&](std::string const& one) { return covers(one, origin); });
}

response_fields cors_policy::fields(std::string_view origin) const
{
    response_fields all;
    if (origins_.empty()) {
        return all;
    }
    bool const listed = is_listed(origin);
    if (listed) {
        all.add("Access-Control-Allow-Origin", origin);
        all.add("Access-Control-Allow-Credentials", "true");
    } else if (any_) {
        all.add("Access-Control-Allow-Origin", "*");
    }
    if (listed || any_) {
        all.add("Access-Control-Expose-Headers", "X-SSE-Session-ID, Retry-After");
    }
    // With `*` alone the answer is the same for all origins.
    if (!any_ || origins_.size() > 1) {
        all.add("Vary", "Origin");
    }
    return all;
}

response_fields cors_policy::preflight_fields(std::string_view origin, std::string_view methods,
                                              std::string_view headers) const
{
    response_fields all;
    if (!any_ && !is_listed(origin)) {
        return all;
    }
    all.add("Access-Control-Allow-Methods", methods);
    if (!headers.empty() && response_fields::is_value(headers)) {
        all.add("Access-Control-Allow-Headers", headers);
    }
    return all;
}

bool is_cors_origin(std::string_view text) noexcept
{
    if (text == "*" || text == "null") {
        return true;
    }
    auto const end = text.find("://");
    auto const scheme = text.substr(0, end);
    if (end == std::string_view::npos || scheme.empty() || !is_lower(scheme.front())) {
        return false;
    }
    auto host = text.substr(end + 3);
    if (host.starts_with("*.")) {
        host.remove_prefix(2);
    }
    auto const in_scheme = [](char c) { return is_lower(c) || is_digit(c) || is_one_of(c, "+-."); };
    auto const in_host = [](char c) { return is_lower(c) || is_digit(c) || is_one_of(c, "-._~%[]:"); };
    return std::ranges::all_of(scheme, in_scheme) && !host.empty() && std::ranges::all_of(host, in_host);
}

} // namespace sluice
