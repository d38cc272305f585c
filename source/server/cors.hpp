#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

/// Which pages of other origins may read the server's answers (WHATWG Fetch, section 3.2).
class cors_policy {
public:
    /// Origins as browsers send them, of which the first label may be a `*` that stands for any one label; or `*` for
    /// all, without credentials. None: no page may.
    explicit cors_policy(std::vector<std::string> origins);

    /// The header lines, each ended by CR LF, for an answer to a request from the origin; empty: it has none.
    [[nodiscard]] std::string fields(std::string_view origin) const;
    /// Further lines for the answer to a preflight of a route with the methods, for the headers that were asked for.
    [[nodiscard]] std::string preflight_fields(std::string_view origin, std::string_view methods,
                                               std::string_view headers) const;

    /// Whether a page of the origin may read without credentials alone: `*` covers it, and no entry of the list does.
    [[nodiscard]] bool is_covered_by_star(std::string_view origin) const { return any_ && !is_listed(origin); }

    /// Whether the origin is in the list; `*` lists nobody by name.
    [[nodiscard]] bool is_listed(std::string_view origin) const;

private:
    std::vector<std::string> origins_;
    bool any_;
};

} // namespace sluice::server
