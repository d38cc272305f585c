#include "cors.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::server {
namespace {

constexpr std::string_view exposed = "Access-Control-Expose-Headers: X-SSE-Session-ID, Retry-After\r\n";

/// Whether it is this origin, or one of those for which a `*` stands in its first label.
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
    return std::ranges::all_of(
        label, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
}

} // namespace

cors_policy::cors_policy(std::vector<std::string> origins)
    : origins_{std::move(origins)}, any_{std::ranges::find(origins_, "*") != origins_.end()}
{
}

bool cors_policy::is_listed(std::string_view origin) const
{
    return origin != "*" && std::ranges::any_of(origins_, [&](std::string const& one) { return covers(one, origin); });
}

std::string cors_policy::fields(std::string_view origin) const
{
    if (origins_.empty()) {
        return {};
    }
    if (is_listed(origin)) {
        return fmt::format("Access-Control-Allow-Origin: {}\r\nVary: Origin\r\n"
                           "Access-Control-Allow-Credentials: true\r\n"
                           "{}",
                           origin, exposed);
    }
    if (any_) {
        // Beside a list the answer still differs by origin.
        return fmt::format("Access-Control-Allow-Origin: *\r\n{}{}", origins_.size() > 1 ? "Vary: Origin\r\n" : "",
                           exposed);
    }
    return "Vary: Origin\r\n";
}

std::string cors_policy::preflight_fields(std::string_view origin, std::string_view methods,
                                          std::string_view headers) const
{
    if (!any_ && !is_listed(origin)) {
        return {};
    }
    auto lines = fmt::format("Access-Control-Allow-Methods: {}\r\n", methods);
    if (!headers.empty()) {
        lines += fmt::format("Access-Control-Allow-Headers: {}\r\n", headers);
    }
    return lines;
}

} // namespace sluice::server
