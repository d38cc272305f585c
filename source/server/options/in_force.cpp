#include "in_force.hpp"

#include "declaration.hpp"

#include <fmt/format.h>

namespace sluice::server {
namespace {

[[nodiscard]] std::string entry(declaration const& d, options const& o)
{
    if (auto const line = d.line(o)) {
        return fmt::format("{}{}\n", d.secret ? "# " : "", *line);
    }
    return d.when_unset.empty() ? std::string{} : fmt::format("# {}: {}\n", d.key(), d.when_unset);
}

} // namespace

std::string in_force_text(options const& o)
{
    std::string out;
    for (auto const group : option_groups) {
        out += fmt::format("{}# {}\n", out.empty() ? "" : "\n", title(group));
        for (auto const& d : declarations()) {
            out += d.group == group ? entry(d, o) : "";
        }
    }
    return out;
}

} // namespace sluice::server
