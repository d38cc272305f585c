#pragma once

#include <sluice/fan_out/window.hpp>
#include <sluice/history.hpp>

namespace sluice {

/// The broadcasts in the window that the query asks for, a page of them. Throws `std::bad_alloc`.
[[nodiscard]] history_page read_history(window& w, history_query query);

} // namespace sluice
