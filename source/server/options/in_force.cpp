#include "in_force.hpp"

#include "declaration.hpp"
#include "did_you_mean.hpp"
#include "environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace sluice::server {
namespace {

[[nodiscard]] std::string entry(declaration const& d, options const& o)
{
    if (auto const line = d.line(o)) {
        return fmt::format("{}{}\n", d.secret ? "# " : "", *line);
    }
    return d.when_unset.empty() ? std::string{} : fmt::format("# {}: {}\n", d.key(), d.when_unset);
}

[[nodiscard]] std::string ignored_variables()
{
    std::vector<std::string> known{"SLUICE_CONFIG"};
    std::ranges::transform(declarations(), std::back_inserter(known), &declaration::variable);
    std::string out;
    for (auto const& name : unknown_variables()) {
        out += fmt::format("# {} is ignored: it is not an option{}\n", name, did_you_mean(name, known));
    }
    return out.empty() ? out : "\n# Environment\n" + out;
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
    return out + ignored_variables();
}

} // namespace sluice::server
