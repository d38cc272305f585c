#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// Appends the text, with U+FFFD in place of each maximal invalid part, as the decoder of the WHATWG Encoding Standard
/// does (section 8.1.1, "UTF-8 decoder").
void append_repaired_utf8(std::string& to, std::string_view text);

} // namespace sluice
