#pragma once

#include <sluice/fan_out/pattern_index.hpp>
#include <sluice/presence/attendance.hpp>
#include <sluice/session/session_meta.hpp>

#include <vector>

namespace sluice {

/// The topics that a session names, each with what its grant says of it there. They refer to the metadata. Throws
/// `std::bad_alloc`.
[[nodiscard]] std::vector<attendance::opened_topic> opened_topics(session_meta const& m, pattern_index& patterns);

} // namespace sluice
