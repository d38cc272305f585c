#pragma once

#include "access/access.hpp"
#include <sluice/test_endpoints.hpp>

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::server {

struct stream_route;

/// What a route of the server may know of a request, all of which outlives the answer.
struct routed_request : route_request {
    /// Who sends it.
    admission const& who;
    /// The target's path as it was sent, percent-encoded.
    std::string_view raw_path;
    /// The header fields.
    boost::beast::http::fields const& head;
};

/// A route has a function that answers at once if it can, and may have a coroutine that answers later, on any thread. A
/// route with neither is a stream.
struct route {
    server::access access;
    std::function<std::optional<reply>(routed_request const&)> at_once;
    std::function<boost::asio::awaitable<reply>(routed_request)> in_time;
    std::shared_ptr<stream_route const> stream;
    /// Whether the route uses the request's body.
    bool takes_body = false;
    /// Whether the route publishes, so that a key keeps a request that is sent again from doing so twice.
    bool publishes = false;
    /// Whether a query, which has nothing that the route knows, is refused. Where it is not and the route does not read
    /// it, it is ignored.
    bool refuses_query = false;
    /// Whether what the body has may be published while it arrives, if the query asks for it.
    bool takes_items = false;
    /// The URL of a document that says which tokens the route takes (RFC 9728); empty if there is none.
    std::string resource_metadata{};
    /// Which header fields of an answer a page of another origin may read, besides those that every answer has; a list.
    std::string exposed_fields{};

    [[nodiscard]] bool is_stream() const noexcept { return !at_once; }
};

/// Finds the route for a method and path.
class router {
public:
    /// Adds a route. The path is literal, or ends in `{}`, which stands for one segment, or in `{*}`, which stands for
    /// all segments that are left.
    void add(access a, std::string method, std::string path, decltype(route::at_once) at_once,
             decltype(route::in_time) in_time = nullptr, bool takes_body = false)
    {
        paths_[std::move(path)][std::move(method)] = {a, std::move(at_once), std::move(in_time), nullptr, takes_body};
    }

    /// Says that what is sent to this path with `POST`, which has a route, is published.
    void publish_once(std::string const& path) { paths_.at(path).at("POST").publishes = true; }
    /// Says that the method's route at this path, which there is, has no parameters in its query.
    void refuse_query(std::string const& method, std::string const& path)
    {
        paths_.at(path).at(method).refuses_query = true;
    }
    /// Lets what is sent to this path with `POST`, which has a route, or with `PUT` be published while it arrives.
    void take_items(std::string const& path);

    /// Adds a stream, which is requested with `GET`. The path is literal.
    void add_stream(access a, std::string path, std::shared_ptr<stream_route const> stream)
    {
        paths_[std::move(path)]["GET"] = {a, nullptr, nullptr, std::move(stream), false};
    }
    /// Adds a stream that may also be requested with these methods, whose body is a form of what the query may have:
    /// for lists that are too long for an address.
    void add_queried_stream(access a, std::string const& path, std::shared_ptr<stream_route const> const& stream,
                            std::initializer_list<char const*> methods = {"POST", "QUERY"})
    {
        add_stream(a, path, stream);
        for (auto const* const method : methods) {
            paths_[path][method] = {a, nullptr, nullptr, stream, true};
        }
    }

    /// Says where the routes at this path, which there are, describe the tokens that they take, and which fields of
    /// their answers pages may read.
    void describe(std::string const& path, std::string const& resource_metadata, std::string const& exposed_fields);

    /// The routes at a path.
    struct resource {
        std::map<std::string, route, std::less<>> const* methods = nullptr;
        /// The path as it was registered.
        std::string_view path;
        std::string_view parameter;

        /// The route for the method; null if there is none. `HEAD` uses the route of `GET` (RFC 9110, section 9.3.2).
        [[nodiscard]] route const* find(std::string_view method) const;
        /// The access of the method's route; if the method has none, the strictest access at the path.
        [[nodiscard]] server::access access(std::string_view method) const;
        /// The methods other than the given one, as `Allow` lists them.
        [[nodiscard]] std::string allowed(std::string_view but = {}) const;
    };

    /// The routes at the path; nothing if the path is unknown. The path and the router outlive the result.
    [[nodiscard]] std::optional<resource> find(std::string_view path) const;

private:
    using routes_by_method = std::map<std::string, route, std::less<>>;
    using routes_by_path = std::map<std::string, routes_by_method, std::less<>>;

    [[nodiscard]] std::optional<resource> find_rest(std::string_view path) const;

    routes_by_path paths_;
};

} // namespace sluice::server
