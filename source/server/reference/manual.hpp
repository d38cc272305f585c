#pragma once

#include <string>
#include <string_view>

namespace sluice::server {

/// The example file of options: every key as a comment, with its default and its purpose. A default follows a bare `#`,
/// so that removing the `#` changes nothing. A key without a default follows `# `.
[[nodiscard]] std::string example_file();

/// Makes a manual page from its source, which uses roff's `man` macros: replaces the marks `@COMMANDS@`, `@OPTIONS@`,
/// `@KEYS@`, `@RELOADABLE@`, `@TOKEN_MAKE@` and `@TOKEN_CHECK@`, each on a line of its own, and `@VERSION@` by what the
/// declarations say.
[[nodiscard]] std::string manual_page(std::string_view source);

} // namespace sluice::server
