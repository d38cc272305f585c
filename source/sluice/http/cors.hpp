#pragma once

#include <sluice/export.hpp>
#include <sluice/http/response_fields.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Which pages of other origins may read an application's answers (WHATWG Fetch, section 3.2).
///
/// A policy does not change, so that it may be used from any thread. Of each request it needs only the value of
/// `Origin`, empty where there is none:
/// @code
/// sluice::cors_policy const cors{{"https://app.example", "https://*.example.com"}};
/// who.fields.add(cors.fields(origin)); // of a `subscriber`, in `handler_options::authorize`
/// @endcode
class SLUICE_EXPORT cors_policy {
public:
    /// No page may read.
    cors_policy() = default;
    /// Pages of these origins may read, each as browsers send it: `https://app.example`. The first label of an origin
    /// may be a `*`, which stands for any one label: `https://*.example.com`. The entry `*` lets all pages read without
    /// credentials. Throws `std::invalid_argument`, which names the entry, for one that is no origin
    /// (`is_cors_origin`).
    explicit cors_policy(std::vector<std::string> origins);

    /// The header fields of an answer to a request from a page of the origin; none where the policy has no origins.
    /// For a listed origin `Access-Control-Allow-Credentials` is among them, and pages can read
    /// `X-SSE-Session-ID` and `Retry-After`.
    [[nodiscard]] response_fields fields(std::string_view origin) const;
    /// Further fields, for the answer to a preflight (`OPTIONS`) of a route that has these methods, as `GET, POST`.
    /// `headers` is the request's `Access-Control-Request-Headers`, which is allowed as it is.
    [[nodiscard]] response_fields preflight_fields(std::string_view origin, std::string_view methods,
                                                   std::string_view headers) const;

    /// Whether an entry names the origin; the entry `*` names nobody. Ask this before an origin may do more than read.
    [[nodiscard]] bool is_listed(std::string_view origin) const;
    /// Whether only the entry `*` lets pages of the origin read: then browsers withhold answers to requests with
    /// credentials.
    [[nodiscard]] bool is_covered_by_star(std::string_view origin) const { return any_ && !is_listed(origin); }

private:
    std::vector<std::string> origins_;
    bool any_ = false;
};

/// Whether `cors_policy` takes the text: an origin as a browser sends it (RFC 6454, section 6.2), which is a scheme
/// and a host in lower case with neither a path nor a slash at the end, and of which the first label may be a `*`; or
/// `null`; or `*`.
[[nodiscard]] SLUICE_EXPORT bool is_cors_origin(std::string_view text) noexcept;

} // namespace sluice
