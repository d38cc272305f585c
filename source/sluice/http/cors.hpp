#pragma once

#include <sluice/export.hpp>
#include <sluice/http/response_fields.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Decides which pages of other origins may read an application's answers (WHATWG Fetch, section 3.2).
///
/// A policy never changes, so it is safe from any thread. All it needs of a request is the value of `Origin`, empty if
/// there is none:
/// @code
/// sluice::cors_policy const cors{{"https://app.example", "https://*.example.com"}};
/// who.fields.add(cors.fields(origin)); // of a `subscriber`, in `handler_options::authorize`
/// @endcode
class SLUICE_EXPORT cors_policy {
public:
    /// No page of another origin may read.
    cors_policy() = default;
    /// Pages of these origins may read. An origin is written as browsers send it: `https://app.example`. Its first
    /// label may be `*`, which stands for exactly one label: `https://*.example.com`. The entry `*` lets all pages
    /// read, but without credentials. Throws `std::invalid_argument` for an entry that is not an origin
    /// (`is_cors_origin`), and names it.
    explicit cors_policy(std::vector<std::string> origins);

    /// The header fields of an answer to a request with this `Origin`; none if the policy has no origins. For a listed
    /// origin they allow credentials, and let pages read `X-SSE-Session-ID` and `Retry-After`.
    [[nodiscard]] response_fields fields(std::string_view origin) const;
    /// The additional fields of an answer to a preflight (`OPTIONS`). `methods` are those of the route, such as
    /// `GET, POST`; `headers` is the request's `Access-Control-Request-Headers`, all of which are allowed.
    [[nodiscard]] response_fields preflight_fields(std::string_view origin, std::string_view methods,
                                                   std::string_view headers) const;

    /// Whether an entry names the origin; the entry `*` does not count. Ask this before a page may do more than read.
    [[nodiscard]] bool is_listed(std::string_view origin) const;
    /// Whether pages of the origin may read only because of the entry `*`. Browsers then withhold answers to requests
    /// with credentials.
    [[nodiscard]] bool is_covered_by_star(std::string_view origin) const { return any_ && !is_listed(origin); }

private:
    std::vector<std::string> origins_;
    bool any_ = false;
};

/// Whether `cors_policy` accepts the text as an entry. It may be `*`, `null`, or an origin as a browser sends it (RFC
/// 6454, section 6.2): scheme and host in lower case, without a path or a slash at the end. The first label may be `*`.
[[nodiscard]] SLUICE_EXPORT bool is_cors_origin(std::string_view text) noexcept;

} // namespace sluice
