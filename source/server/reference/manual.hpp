#pragma once

#include <string>
#include <string_view>

namespace sluice::server {

/// The example file of options: every key as a comment, with its default and what it is for. A default stands behind a
/// bare `#`, so that taking that away changes nothing; a key without a default stands behind `# `.
[[nodiscard]] std::string example_file();

/// The manual page whose source this is, in the `man` macros of roff, with what the declarations say at its marks:
/// `@COMMANDS@`, `@OPTIONS@`, `@KEYS@` and `@RELOADABLE@`, each a line of its own, and `@VERSION@`.
[[nodiscard]] std::string manual_page(std::string_view source);

} // namespace sluice::server
