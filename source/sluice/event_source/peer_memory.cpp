#include <sluice/event_source/peer_memory.hpp>

#include <algorithm>

namespace sluice {

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

/// By name and value alone (RFC 6265, section 5.2). Attributes are left out: a path or domain narrower than the origin
/// does not matter to who asks for one URL, and a cookie lives as long as the event source.
void peer_memory::note_cookie(std::string_view set_cookie)
{
    auto const pair = set_cookie.substr(0, set_cookie.find(';'));
    auto const equals = pair.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
        return;
    }
    auto const trimmed = [](std::string_view text) {
        auto const first = text.find_first_not_of(" \t");
        return first == std::string_view::npos
                   ? std::string{}
                   : std::string{text.substr(first, text.find_last_not_of(" \t") - first + 1)};
    };
    auto name = trimmed(pair.substr(0, equals));
    auto value = trimmed(pair.substr(equals + 1));
    auto const known = std::ranges::find(cookies_, name, &std::pair<std::string, std::string>::first);
    if (known != cookies_.end()) {
        known->second = std::move(value);
    } else {
        cookies_.emplace_back(std::move(name), std::move(value));
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
