#include <url_pattern/url.hpp>

#include <url_pattern/host.hpp>
#include <url_pattern/percent.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace sluice::url_pattern {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> special_schemes{
    {{"ftp", "21"}, {"file", ""}, {"http", "80"}, {"https", "443"}, {"ws", "80"}, {"wss", "443"}}};

std::string_view trimmed(std::string_view text)
{
    auto const is_space = [](char c) { return c >= 0 && c <= ' '; };
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

/// Takes the scheme and its colon from the text's begin; empty where there is none.
std::string take_scheme(std::string_view& text)
{
    if (text.empty() || !is_alpha(text[0])) {
        return {};
    }
    auto const is_part = [](char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; };
    auto const size = static_cast<std::size_t>(std::ranges::find_if_not(text, is_part) - text.begin());
    if (size == text.size() || text[size] != ':') {
        return {};
    }
    auto scheme = lower_case(text.substr(0, size));
    text.remove_prefix(size + 1);
    return scheme;
}

bool set_host_and_port(url& to, std::string_view text, bool special)
{
    auto const bracket = text.find(']');
    auto const colon = text.find(':', text.starts_with('[') && bracket != std::string_view::npos ? bracket : 0);
    auto const host = text.substr(0, colon);
    if (host.empty() && (special || colon != std::string_view::npos)) {
        return false;
    }
    to.host = host.empty() ? std::optional<std::string>{""} : parse_host(host, special);
    if (!to.host) {
        return false;
    }
    if (colon == std::string_view::npos || colon + 1 == text.size()) {
        return true;
    }
    auto port = parse_port(text.substr(colon + 1));
    if (!port) {
        return false;
    }
    to.port = *port == default_port(to.scheme) ? "" : std::move(*port);
    return true;
}

/// Takes what stands between `//` and the path.
bool take_authority(url& to, std::string_view& text)
{
    bool const special = is_special(to.scheme);
    auto const authority = text.substr(0, text.find_first_of(special ? "/\\?#" : "/?#"));
    text.remove_prefix(authority.size());
    auto const at = authority.rfind('@');
    if (at == std::string_view::npos) {
        return set_host_and_port(to, authority, special);
    }
    auto const credentials = authority.substr(0, at);
    auto const colon = credentials.find(':');
    to.username = percent_encode(credentials.substr(0, colon), encode_set::userinfo);
    if (colon != std::string_view::npos) {
        to.password = percent_encode(credentials.substr(colon + 1), encode_set::userinfo);
    }
    auto const host = authority.substr(at + 1);
    return !host.empty() && set_host_and_port(to, host, special);
}

/// Behind `file:`, where a host may be missing.
bool take_file_host(url& to, std::string_view& text)
{
    auto const is_slash = [&](std::size_t at) { return at < text.size() && (text[at] == '/' || text[at] == '\\'); };
    to.host = "";
    if (!is_slash(0) || !is_slash(1)) {
        return true;
    }
    text.remove_prefix(2);
    auto const host = text.substr(0, text.find_first_of("/\\?#"));
    if (host.empty()) {
        return true;
    }
    text.remove_prefix(host.size());
    to.host = parse_host(host, true);
    if (to.host == "localhost") {
        to.host = "";
    }
    return to.host.has_value();
}

std::string opaque_path(std::string_view text, bool is_followed)
{
    auto path = percent_encode(text, encode_set::c0_control);
    // Else it would be lost where the URL is written without what follows.
    if (is_followed && path.ends_with(' ')) {
        path.replace(path.size() - 1, 1, "%20");
    }
    return path;
}

void take_path_and_rest(url& to, std::string_view text)
{
    auto const end = text.find_first_of("?#");
    auto const path = text.substr(0, end);
    to.path = to.opaque ? opaque_path(path, end != std::string_view::npos) : parse_path(path, to.scheme);
    auto const hash = text.find('#');
    if (end != std::string_view::npos && text[end] == '?') {
        auto const set = is_special(to.scheme) ? encode_set::special_query : encode_set::query;
        to.query = percent_encode(text.substr(end + 1, hash == std::string_view::npos ? hash : hash - end - 1), set);
    }
    if (hash != std::string_view::npos) {
        to.fragment = percent_encode(text.substr(hash + 1), encode_set::fragment);
    }
}

/// What stands behind the scheme, of a URL that names one. `text` is left at the path.
bool take_up_to_path(url& to, std::string_view& text)
{
    if (to.scheme == "file") {
        return take_file_host(to, text);
    }
    if (is_special(to.scheme)) {
        text.remove_prefix(std::min(text.find_first_not_of("/\\"), text.size()));
        return take_authority(to, text);
    }
    if (text.starts_with("//")) {
        text.remove_prefix(2);
        return take_authority(to, text);
    }
    to.opaque = !text.starts_with('/');
    return true;
}

/// What a text that begins with a slash has of the base. `text` is left at the path.
bool take_from_base(url& to, std::string_view& text, url const& base)
{
    to.scheme = base.scheme;
    bool const special = is_special(base.scheme);
    if (text.size() > 1 && (text[1] == '/' || (special && text[1] == '\\'))) {
        return take_up_to_path(to, text);
    }
    to.username = base.username;
    to.password = base.password;
    to.host = base.host;
    to.port = base.port;
    return true;
}

enum class dots { none, one, two };

dots dots_of(std::string_view segment)
{
    int count = 0;
    while (!segment.empty()) {
        if (segment[0] == '.') {
            segment.remove_prefix(1);
        } else if (segment.size() >= 3 && segment.starts_with("%2") && to_lower(segment[2]) == 'e') {
            segment.remove_prefix(3);
        } else {
            return dots::none;
        }
        if (++count > 2) {
            return dots::none;
        }
    }
    return count == 0 ? dots::none : count == 1 ? dots::one : dots::two;
}

} // namespace

bool is_special(std::string_view scheme) noexcept
{
    return std::ranges::any_of(special_schemes, [&](auto const& one) { return one.first == scheme; });
}

std::string_view default_port(std::string_view scheme) noexcept
{
    auto const* const found = std::ranges::find(special_schemes, scheme, [](auto const& one) { return one.first; });
    return found == special_schemes.end() ? std::string_view{} : found->second;
}

std::optional<std::string> parse_port(std::string_view text)
{
    unsigned value = 0;
    for (char const c : text) {
        if (!is_digit(c)) {
            return std::nullopt;
        }
        value = value * 10 + static_cast<unsigned>(c - '0');
        if (value > 65'535) {
            return std::nullopt;
        }
    }
    return text.empty() ? std::nullopt : std::optional{std::to_string(value)};
}

std::string parse_path(std::string_view text, std::string_view scheme)
{
    bool const special = is_special(scheme);
    if (text.empty() && !special) {
        return {};
    }
    std::string_view const slashes = special ? "/\\" : "/";
    if (!text.empty() && slashes.find(text[0]) != std::string_view::npos) {
        text.remove_prefix(1);
    }
    std::vector<std::string> segments;
    for (bool more = true; more;) {
        auto const end = text.find_first_of(slashes);
        more = end != std::string_view::npos;
        auto const segment = text.substr(0, end);
        auto const kind = dots_of(segment);
        if (kind == dots::two && !segments.empty()) {
            segments.pop_back();
        }
        if (kind == dots::none) {
            segments.push_back(percent_encode(segment, encode_set::path));
        } else if (!more) {
            segments.emplace_back();
        }
        text.remove_prefix(more ? end + 1 : text.size());
    }
    std::string path;
    for (auto const& segment : segments) {
        path += '/';
        path += segment;
    }
    return path;
}

std::optional<url> parse_url(std::string_view text, url const* base)
{
    auto const cleaned = without_tabs_and_newlines(trimmed(text));
    std::string_view rest = cleaned;
    url parsed;
    parsed.scheme = take_scheme(rest);
    if (!parsed.scheme.empty()) {
        if (!take_up_to_path(parsed, rest)) {
            return std::nullopt;
        }
        take_path_and_rest(parsed, rest);
        return parsed;
    }
    if (base == nullptr || base->opaque || !rest.starts_with('/') || !take_from_base(parsed, rest, *base)) {
        return std::nullopt;
    }
    take_path_and_rest(parsed, rest);
    return parsed;
}

} // namespace sluice::url_pattern
