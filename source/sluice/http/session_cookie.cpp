#include <sluice/http/session_cookie.hpp>

#include <sluice/http/characters.hpp>

#include <boost/algorithm/string/predicate.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace sluice {
namespace {

// Browsers compare the prefixes case-insensitively.
[[nodiscard]] bool is_host_cookie(std::string_view name) { return boost::algorithm::istarts_with(name, "__Host-"); }

[[nodiscard]] bool must_be_secure(cookie_options const& cookie)
{
    return cookie.same_site == same_site::none || is_host_cookie(cookie.name) ||
           boost::algorithm::istarts_with(cookie.name, "__Secure-");
}

/// Whether the character may be in a cookie's path: it is printable and does not end the attribute.
[[nodiscard]] bool is_path_character(char c) noexcept { return c > ' ' && c < '\x7f' && c != ';'; }

[[nodiscard]] std::string_view text_of(same_site s) noexcept
{
    return s == same_site::strict ? "Strict" : s == same_site::lax ? "Lax" : "None";
}

} // namespace

std::optional<std::string> fault_of(cookie_options const& cookie)
{
    if (!is_token(cookie.name)) {
        return "a cookie's name is one word of letters, digits and !#$%&'*+-.^_`|~";
    }
    if (!cookie.path.starts_with('/') || !std::ranges::all_of(cookie.path, is_path_character)) {
        return "a cookie's path begins with / and has no space, no control character and no semicolon";
    }
    if (is_host_cookie(cookie.name) && cookie.path != "/") {
        return fmt::format("a cookie whose name begins with __Host- has the path /, not {}", cookie.path);
    }
    return std::nullopt;
}

std::string make_cookie(cookie_options const& cookie, session_id session, bool secure)
{
    return fmt::format("{}={}; Path={}; HttpOnly; SameSite={}; Max-Age=86400{}", cookie.name, to_string(session),
                       cookie.path, text_of(cookie.same_site), secure || must_be_secure(cookie) ? "; Secure" : "");
}

} // namespace sluice
