#pragma once

#include <sluice/http/field_value.hpp>

#include <boost/beast/http/fields.hpp>

#include <algorithm>
#include <string>

namespace sluice {

/// @cond internal
/// The first `Last-Event-ID` in the header that is not empty: a proxy may have added another one. Empty if there is
/// none.
[[nodiscard]] inline std::string last_id_in_header(boost::beast::http::fields const& head)
{
    auto const [begin, end] = head.equal_range("Last-Event-ID");
    auto const found = std::find_if(begin, end, [](auto const& field) { return !field.value().empty(); });
    return found == end ? std::string{} : std::string{view(found->value())};
}
/// @endcond

} // namespace sluice
