#include "trusted_proxies.hpp"

#include "plain_address.hpp"
#include <sluice/http/field_value.hpp>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/beast/http/field.hpp>

#include <algorithm>
#include <ranges>

namespace sluice::server {

namespace ip = boost::asio::ip;
namespace http = boost::beast::http;

namespace {

/// The values of all lines of the field, as one list.
[[nodiscard]] std::string whole_list(http::fields const& head, boost::beast::string_view name)
{
    std::string list;
    auto const [begin, end] = head.equal_range(name);
    for (auto const& line : std::ranges::subrange(begin, end)) {
        list.append(list.empty() ? "" : ",").append(line.value().data(), line.value().size());
    }
    return list;
}

/// Removes the last element from the list. The list is read from its end, where trusted proxies write, so that a
/// quotation mark which a client left open earlier hides nothing.
[[nodiscard]] std::string_view take_last(std::string_view& list)
{
    bool quoted = false;
    auto at = list.size();
    while (at != 0 && (quoted || list[at - 1] != ',')) {
        --at;
        auto const before = list.substr(0, at);
        auto const escapes = before.size() - (before.find_last_not_of('\\') + 1);
        quoted ^= list[at] == '"' && (!quoted || escapes % 2 == 0);
    }
    auto const last = list.substr(at);
    list = list.substr(0, at == 0 ? 0 : at - 1);
    return trim(last);
}

/// The value without its quotes, if it has any.
[[nodiscard]] std::string unquoted(std::string_view value)
{
    std::string text;
    for (std::size_t i = 0; i != value.size(); ++i) {
        if (value[i] == '"') {
            continue;
        }
        if (value[i] == '\\' && i + 1 != value.size()) {
            ++i;
        }
        text += value[i];
    }
    return text;
}

/// The `for` of an element of `Forwarded`; empty if there is none. (No address contains a `;`, not even in quotes.)
[[nodiscard]] std::string for_in(std::string_view element)
{
    while (!element.empty()) {
        auto value = take_trimmed(element, ';');
        if (boost::algorithm::iequals(take_trimmed(value, '='), "for")) {
            return unquoted(trim(value));
        }
    }
    return {};
}

/// Reads an address, with or without brackets and a port.
[[nodiscard]] std::optional<ip::address> address_in(std::string_view text)
{
    if (text.starts_with('[')) {
        text = text.substr(1, text.find(']') - 1);
    } else if (auto const colon = text.find(':'); colon == text.rfind(':')) {
        text = text.substr(0, colon);
    }
    boost::system::error_code ec;
    auto const address = ip::make_address(std::string{text}, ec);
    return ec ? std::nullopt : std::optional{plain(address)};
}

} // namespace

std::optional<address_range> parse_address_range(std::string const& text)
{
    bool const single = text.find('/') == std::string::npos;
    boost::system::error_code ec;
    if (auto const v4 = ip::make_network_v4(single ? text + "/32" : text, ec); !ec) {
        return v4.canonical();
    }
    if (auto const v6 = ip::make_network_v6(single ? text + "/128" : text, ec); !ec) {
        return v6.canonical();
    }
    return std::nullopt;
}

trusted_proxies::trusted_proxies(std::vector<std::string> const& ranges)
{
    for (auto const& range : ranges) {
        ranges_.push_back(parse_address_range(range).value());
    }
}

std::string trusted_proxies::client(std::string const& peer, http::fields const& head) const
{
    auto const from = ranges_.empty() ? std::nullopt : address_in(peer);
    if (!from || !trusts(*from)) {
        return peer;
    }
    auto const rightmost = [&](std::string const& field, auto const& text_in) -> std::optional<std::string> {
        std::string_view left = field;
        while (!left.empty()) {
            if (auto const address = address_in(text_in(take_last(left))); address && !trusts(*address)) {
                return address->to_string();
            }
        }
        return std::nullopt;
    };
    if (auto address = rightmost(whole_list(head, "Forwarded"), for_in)) {
        return std::move(*address);
    }
    auto const as_it_is = [](std::string_view element) { return element; };
    return rightmost(whole_list(head, "X-Forwarded-For"), as_it_is).value_or(peer);
}

bool trusted_proxies::trusts(ip::address const& address) const
{
    return std::ranges::any_of(ranges_, [&](address_range const& range) {
        if (auto const* const v4 = std::get_if<ip::network_v4>(&range)) {
            return address.is_v4() && ip::network_v4{address.to_v4(), v4->prefix_length()}.canonical() == *v4;
        }
        auto const& v6 = std::get<ip::network_v6>(range);
        return address.is_v6() && ip::network_v6{address.to_v6(), v6.prefix_length()}.canonical() == v6;
    });
}

} // namespace sluice::server
