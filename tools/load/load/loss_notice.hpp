#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::load {

/// How many events were dropped, by the data of an event that tells of it: the number of the member `dropped` of a JSON
/// object. Nothing when it says no number, as in `{"dropped":null}`.
std::optional<std::uint64_t> dropped_by(std::string_view data);

} // namespace sluice::load
