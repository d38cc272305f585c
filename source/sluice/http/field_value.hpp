#pragma once

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/fields.hpp>

#include <string>
#include <string_view>

namespace sluice {

/// Beast's view of a field as the standard's.
[[nodiscard]] inline std::string_view view(boost::beast::string_view text) noexcept
{
    return {text.data(), text.size()};
}

/// Every line of the field, joined as one list (RFC 9110, section 5.3).
[[nodiscard]] inline std::string joined(boost::beast::http::fields const& of, boost::beast::http::field name)
{
    std::string all;
    auto const [begin, end] = of.equal_range(name);
    for (auto it = begin; it != end; ++it) {
        all.append(all.empty() ? "" : ",").append(view(it->value()));
    }
    return all;
}

/// Whether the names, which are not case-sensitive, are the same.
[[nodiscard]] inline bool same_name(std::string_view a, std::string_view b) noexcept
{
    return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

/// The text without spaces and tabs at its ends (RFC 9110, section 5.6.3).
[[nodiscard]] constexpr std::string_view trim(std::string_view text) noexcept
{
    auto const begin = text.find_first_not_of(" \t");
    return begin == std::string_view::npos ? std::string_view{}
                                           : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// Removes the part before the separator from the front of `text`, with the separator, and returns it trimmed; all of
/// `text` if there is no separator.
[[nodiscard]] constexpr std::string_view take_trimmed(std::string_view& text, char separator) noexcept
{
    auto const end = text.find(separator);
    auto const taken = trim(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    return taken;
}

} // namespace sluice
