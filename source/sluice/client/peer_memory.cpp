#include <sluice/client/peer_memory.hpp>

#include <sluice/client/http_date.hpp>
#include <sluice/http/field_value.hpp>

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>

namespace sluice {
namespace {

/// As many as a browser keeps for a host at least (RFC 6265, section 6.1). Beyond that the oldest is dropped.
constexpr std::size_t most_cookies = 50;

/// The value of an attribute; nothing if it is absent. If it occurs several times, the last one counts.
[[nodiscard]] std::optional<std::string_view> attribute(std::string_view set_cookie, std::string_view name) noexcept
{
    std::optional<std::string_view> value;
    (void)take_trimmed(set_cookie, ';'); // the cookie itself
    while (!set_cookie.empty()) {
        auto its_value = take_trimmed(set_cookie, ';');
        auto const its_name = take_trimmed(its_value, '=');
        if (boost::beast::iequals({its_name.data(), its_name.size()}, {name.data(), name.size()})) {
            value = trim(its_value);
        }
    }
    return value;
}

/// Whether the server deletes the cookie, by an expiry in the past (RFC 6265, section 5.3).
[[nodiscard]] bool takes_back(std::string_view set_cookie)
{
    if (auto const age = attribute(set_cookie, "Max-Age"); age && !age->empty()) {
        return age->starts_with('-') || age->find_first_not_of('0') == std::string_view::npos;
    }
    auto const date = parse_http_date(attribute(set_cookie, "Expires").value_or(""));
    return date && *date <= std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

} // namespace

void peer_memory::note(std::string_view origin, response_head const& head)
{
    if (origin_ != origin) {
        *this = {};
        origin_ = origin;
    }
    if (!head.session_id.empty()) {
        session_id_ = head.session_id;
    }
    for (auto const& c : head.cookies) {
        note_cookie(c);
    }
}

/// Keeps name and value only (RFC 6265, section 5.2). An event source requests a single URL, so a path or domain within
/// the origin makes no difference, and a cookie that is not deleted lives as long as the event source.
void peer_memory::note_cookie(std::string_view set_cookie)
{
    auto const pair = set_cookie.substr(0, set_cookie.find(';'));
    auto const equals = pair.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
        return;
    }
    auto const name = trim(pair.substr(0, equals));
    auto const value = trim(pair.substr(equals + 1));
    auto const known = std::ranges::find(cookies_, name, &std::pair<std::string, std::string>::first);
    if (takes_back(set_cookie)) {
        if (known != cookies_.end()) {
            cookies_.erase(known);
        }
    } else if (known != cookies_.end()) {
        known->second = value;
    } else {
        if (cookies_.size() == most_cookies) {
            cookies_.erase(cookies_.begin());
        }
        cookies_.emplace_back(name, value);
    }
}

std::string_view peer_memory::session_id(std::string_view origin) const noexcept
{
    return origin == origin_ ? std::string_view{session_id_} : std::string_view{};
}

std::string peer_memory::cookies(std::string_view origin) const
{
    std::string field;
    if (origin == origin_) {
        for (auto const& [name, value] : cookies_) {
            field.append(field.empty() ? "" : "; ").append(name).append("=").append(value);
        }
    }
    return field;
}

} // namespace sluice
