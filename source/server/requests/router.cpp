#include "router.hpp"

#include <algorithm>

namespace sluice::server {

route const* router::resource::find(std::string_view method) const
{
    auto const found = methods->find(method == "HEAD" ? "GET" : method);
    return found == methods->end() ? nullptr : &found->second;
}

access router::resource::access(std::string_view method) const
{
    if (auto const* const route = find(method)) {
        return route->access;
    }
    auto strictest = server::access::open;
    for (auto const& [unused, route] : *methods) {
        strictest = std::max(strictest, route.access);
    }
    return strictest;
}

std::string router::resource::allowed(std::string_view but) const
{
    std::string list;
    for (auto const& [method, unused] : *methods) {
        if (method != but) {
            list += method + (method == "GET" ? ", HEAD, " : ", ");
        }
    }
    return list + "OPTIONS";
}

void router::take_items(std::string const& path)
{
    auto const only_items = [](route_request const&) {
        return std::optional{problem_reply(bad_request("PUT publishes only with stream=1 in the query"))};
    };
    auto& methods = paths_.at(path);
    auto& posted = methods.at("POST");
    posted.takes_items = true;
    methods["PUT"] = {
        .access = posted.access, .at_once = only_items, .in_time = nullptr, .stream = nullptr, .takes_items = true};
}

void router::describe(std::string const& path, std::string const& resource_metadata, std::string const& exposed_fields)
{
    for (auto& [unused, route] : paths_.at(path)) {
        route.resource_metadata = resource_metadata;
        route.exposed_fields = exposed_fields;
    }
}

/// The routes whose path ends in `{*}`.
std::optional<router::resource> router::find_rest(std::string_view path) const
{
    constexpr std::string_view rest = "{*}";
    for (auto const& [registered, methods] : paths_) {
        auto const prefix = std::string_view{registered}.substr(0, registered.size() - rest.size());
        if (registered.ends_with(rest) && path.size() > prefix.size() && path.starts_with(prefix)) {
            return resource{.methods = &methods, .path = registered, .parameter = path.substr(prefix.size())};
        }
    }
    return std::nullopt;
}

std::optional<router::resource> router::find(std::string_view path) const
{
    if (auto const found = paths_.find(path); found != paths_.end() && !path.ends_with('}')) {
        return resource{.methods = &found->second, .path = found->first, .parameter = {}};
    }
    auto const slash = path.rfind('/');
    if (slash == std::string_view::npos || slash + 1 == path.size()) {
        return find_rest(path);
    }
    auto const found = paths_.find(std::string{path.substr(0, slash + 1)} + "{}");
    if (found == paths_.end()) {
        return find_rest(path);
    }
    return resource{.methods = &found->second, .path = found->first, .parameter = path.substr(slash + 1)};
}

} // namespace sluice::server
