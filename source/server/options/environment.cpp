#include "environment.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace sluice::server {
namespace {

/// Kubernetes sets SLUICE_PORT to a URL like this for a service called sluice. It does not mean the server's port.
[[nodiscard]] bool is_service_link(std::string_view variable, std::string_view value)
{
    return variable == "SLUICE_PORT" && (value.starts_with("tcp://") || value.starts_with("udp://"));
}

} // namespace

given_options read_environment()
{
    given_options all;
    for (auto const& d : declarations()) {
        auto variable = d.variable();
        if (char const* const text = std::getenv(variable.c_str());
            text != nullptr && !is_service_link(variable, text)) {
            all.push_back({.option = &d,
                           .values = d.repeatable ? split_list(text) : std::vector<std::string>{text},
                           .where = std::move(variable)});
        }
    }
    return all;
}

std::vector<std::string> unknown_variables()
{
    std::vector<std::string> unknown;
    for (auto const* const* entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        std::string_view const text = *entry;
        std::string name{text.substr(0, text.find('='))};
        bool const known = name == "SLUICE_CONFIG" ||
                           std::ranges::find(declarations(), name, &declaration::variable) != declarations().end();
        if (name.starts_with("SLUICE_") &&
            (!known || is_service_link(name, text.substr(std::min(text.size(), name.size() + 1))))) {
            // A name with control characters must not reach a terminal.
            std::ranges::replace_if(name, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, ' ');
            unknown.push_back(std::move(name));
        }
    }
    std::ranges::sort(unknown);
    return unknown;
}

} // namespace sluice::server
