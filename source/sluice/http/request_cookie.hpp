#pragma once

#include <boost/beast/http/field.hpp>
#include <boost/beast/http/fields.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace sluice {

/// The value of the request's first cookie with the name (RFC 6265, section 4.2.1), without the quotes that may be
/// around it; empty if there is none.
[[nodiscard]] inline std::string request_cookie(boost::beast::http::fields const& head, std::string_view name)
{
    auto const [begin, end] = head.equal_range(boost::beast::http::field::cookie);
    for (auto it = begin; it != end; ++it) {
        for (std::string_view rest{it->value().data(), it->value().size()}; !rest.empty();) {
            auto pair = rest.substr(0, rest.find(';'));
            rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
            pair.remove_prefix(std::min(pair.size(), pair.find_first_not_of(' ')));
            if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) {
                pair.remove_prefix(name.size() + 1);
                bool const is_quoted = pair.size() >= 2 && pair.starts_with('"') && pair.ends_with('"');
                return std::string{is_quoted ? pair.substr(1, pair.size() - 2) : pair};
            }
        }
    }
    return {};
}

} // namespace sluice
