#include <sluice/http/accept.hpp>

#include <sluice/http/field_value.hpp>

#include <boost/algorithm/string/predicate.hpp>

#include <array>
#include <cstddef>

namespace sluice {
namespace {

using boost::algorithm::iequals;

/// How specifically the range covers the type; 0 if it does not.
[[nodiscard]] std::size_t specificity(std::string_view range)
{
    constexpr std::array<std::string_view, 3> covering{"*/*", "text/*", "text/event-stream"};
    for (std::size_t i = 0; i != covering.size(); ++i) {
        if (iequals(range, covering[i])) {
            return i + 1;
        }
    }
    return 0;
}

[[nodiscard]] bool weight_is_zero(std::string_view parameters)
{
    while (!parameters.empty()) {
        auto value = take_trimmed(parameters, ';');
        auto const name = take_trimmed(value, '=');
        if (iequals(name, "q")) {
            return value.find_first_not_of("0. \t") == std::string_view::npos;
        }
    }
    return false;
}

} // namespace

bool accepts_event_stream(std::string_view accept)
{
    if (trim(accept).empty()) {
        return true;
    }
    std::size_t best = 0;
    bool accepted = false;
    while (!accept.empty()) {
        auto parameters = take_trimmed(accept, ',');
        auto const closeness = specificity(take_trimmed(parameters, ';'));
        if (closeness > best) {
            best = closeness;
            accepted = !weight_is_zero(parameters);
        }
    }
    return accepted;
}

bool names_event_stream(std::string_view accept)
{
    while (!accept.empty()) {
        auto parameters = take_trimmed(accept, ',');
        if (iequals(take_trimmed(parameters, ';'), "text/event-stream") && !weight_is_zero(parameters)) {
            return true;
        }
    }
    return false;
}

} // namespace sluice
