#include "manual.hpp"
#include "options/declaration.hpp"
#include "options/layout.hpp"

#include <fmt/format.h>

namespace sluice::server {
namespace {

constexpr std::size_t file_width = 100;

constexpr std::string_view head =
    R"(# The options of sluice. A line with "#" and a name is a default: take the "#" away and change the value.
# A line with "# ", a name and "=" is an example of an option that is not set by default.
# "sluice --check-config --config FILE" says whether a file is right; sluice.toml(5) tells more.
)";

[[nodiscard]] std::string entry(declaration const& d)
{
    static options const defaults;
    std::string out = "\n";
    for (auto const& line : wrap(d.description(), file_width - 2)) {
        out += fmt::format("# {}\n", line);
    }
    auto const line = d.line(defaults);
    return out + (line ? "#" + *line : "# " + d.example_line()) + "\n";
}

} // namespace

std::string example_file()
{
    std::string out{head};
    for (auto const group : option_groups) {
        out += fmt::format("\n\n## {}\n", title(group));
        for (auto const& d : declarations()) {
            out += d.group == group ? entry(d) : "";
        }
    }
    return out;
}

} // namespace sluice::server
