#pragma once

#include <sluice/http/problem.hpp>

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

/// The problem of a field that the request may not have. `where` is its place, such as `the query`.
[[nodiscard]] inline problem unknown_field(std::string_view name, std::string_view where)
{
    return bad_request(fmt::format("{} has an unknown field '{}'", where, name));
}

/// The problem of a field that may be given once, and is given again.
[[nodiscard]] inline problem given_already(std::string_view name, std::string_view where)
{
    return bad_request(fmt::format("{} gives '{}', which is given already", where, name));
}

/// Takes the value of a field that may be given once. Problem: it is given already.
[[nodiscard]] inline expected<void> take_single(std::optional<std::string>& field, std::string_view name,
                                                std::string value, std::string_view where)
{
    if (field) {
        return given_already(name, where);
    }
    field = std::move(value);
    return {};
}

} // namespace sluice
