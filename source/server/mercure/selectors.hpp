#pragma once

#include <sluice/http/form.hpp>
#include <sluice/http/problem.hpp>

#include <string>
#include <string_view>

namespace sluice::server::mercure {

/// The parameter by which 1.0 names URL Patterns.
inline constexpr std::string_view urlpattern_parameter = "match_urlpattern";

/// What a request for a stream names, in its query and in the form in its body. Of the two lists one is empty, which
/// tells the dialect.
struct selectors {
    form_fields topics{};   ///< those of 0.x: `topic`
    form_fields matchers{}; ///< those of 1.0: all names that begin with `match`
    /// The first last event id that is not empty, under a name of both dialects.
    std::string last_id{};
    /// Likewise, under that of 1.0.
    std::string last_id_v1{};

    [[nodiscard]] bool is_v1() const noexcept { return topics.empty(); }
};

/// Reads them; other parameters are left out. Problem: 400 if there is no selector, or one of each dialect.
[[nodiscard]] expected<selectors> read_selectors(std::string_view query, std::string_view form);

} // namespace sluice::server::mercure
