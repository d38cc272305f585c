#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <boost/system/result.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace sluice::server::jwt {

/// Why a text is not a JSON object as tokens and sets of keys need it.
enum class json_fault {
    not_an_object, ///< or no JSON at all
    too_deep,      ///< nested more than `most_json_depth` deep
    duplicate,     ///< an object in it has a member twice (RFC 7519, section 4: such a token may be refused)
};

/// The text reads itself: `JSON that is nested more than 16 deep`.
[[nodiscard]] std::string_view to_text(json_fault fault) noexcept;

inline constexpr std::size_t most_json_depth = 16;

/// Reads a JSON object. Of two members of one name no one can say which one counts: whoever checked the token before
/// may have read the other one. So neither does.
[[nodiscard]] boost::system::result<boost::json::object, json_fault> parse_json_object(std::string_view text);

/// The text of the value; nothing if there is none or it is no string.
[[nodiscard]] inline std::optional<std::string_view> string_of(boost::json::value const* value) noexcept
{
    auto const* const text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::nullopt : std::optional<std::string_view>{std::string_view{*text}};
}

} // namespace sluice::server::jwt
