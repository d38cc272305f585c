#include <url_pattern/canonical.hpp>

#include <url_pattern/host.hpp>
#include <url_pattern/percent.hpp>
#include <url_pattern/refused.hpp>
#include <url_pattern/url.hpp>

#include <algorithm>

namespace sluice::url_pattern {

std::string canonical_protocol(std::string_view text)
{
    auto const plain = without_tabs_and_newlines(text);
    auto const is_part = [](char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; };
    if (plain.empty() || !is_alpha(plain[0]) || !std::ranges::all_of(plain, is_part)) {
        throw refused{0, "not a scheme's characters"};
    }
    return lower_case(plain);
}

std::string canonical_credential(std::string_view text) { return percent_encode(text, encode_set::userinfo); }

std::string canonical_hostname(std::string_view text)
{
    auto const plain = without_tabs_and_newlines(text);
    if (std::ranges::any_of(percent_decode(plain), is_non_ascii)) {
        throw refused{0, "a host name outside ASCII (write it in Punycode, xn--…)"};
    }
    auto host = plain.starts_with('[') ? std::nullopt : parse_host(plain, true);
    if (!host) {
        throw refused{0, "not a host name's characters, or not an IPv4 address"};
    }
    return *std::move(host);
}

std::string canonical_ipv6_hostname(std::string_view text)
{
    auto const is_part = [](char c) { return hex_digit(c) >= 0 || c == '[' || c == ']' || c == ':'; };
    if (!std::ranges::all_of(text, is_part)) {
        throw refused{0, "not an IPv6 address's characters"};
    }
    return lower_case(text);
}

std::string canonical_port(std::string_view text)
{
    auto port = parse_port(without_tabs_and_newlines(text));
    if (!port) {
        throw refused{0, "not a port (0 to 65535)"};
    }
    return *std::move(port);
}

std::string canonical_pathname(std::string_view text)
{
    auto const plain = without_tabs_and_newlines(text);
    if (plain.starts_with('/')) {
        return parse_path(plain, "https");
    }
    // A piece from the middle of a path: as if something stood before it.
    constexpr std::string_view before = "/-";
    auto const path = parse_path(std::string{before} + plain, "https");
    if (!path.starts_with(before)) {
        throw refused{0, "dot segments that reach before this piece of the path"};
    }
    return path.substr(before.size());
}

std::string canonical_opaque_pathname(std::string_view text)
{
    return percent_encode(without_tabs_and_newlines(text), encode_set::c0_control);
}

std::string canonical_search(std::string_view text)
{
    return percent_encode(without_tabs_and_newlines(text), encode_set::special_query);
}

std::string canonical_hash(std::string_view text)
{
    return percent_encode(without_tabs_and_newlines(text), encode_set::fragment);
}

} // namespace sluice::url_pattern
