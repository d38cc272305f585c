#pragma once

#include <url_pattern/export.hpp>
#include <url_pattern/outcome.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace sluice::url_pattern {

/// @cond the component's own business
struct url;
/// @endcond

/// The URL that relative patterns and topics are resolved against, which is that of the server. A copy shares it;
/// several threads may use it at once.
class SLUICE_URL_PATTERN_EXPORT base_url {
public:
    /// The base that the text names. Fails where it is no absolute URL.
    [[nodiscard]] static outcome<base_url> parse(std::string_view text);

    /// @cond the component's own business
    [[nodiscard]] url const& parts() const noexcept { return *parts_; }
    /// @endcond

private:
    explicit base_url(std::shared_ptr<url const> parts) noexcept : parts_{std::move(parts)} {}

    std::shared_ptr<url const> parts_;
};

/// A topic, read once for all the patterns that it is matched with.
class SLUICE_URL_PATTERN_EXPORT topic {
public:
    /// Any text. One that begins with a slash is resolved against `base`.
    topic(std::string_view text, base_url const& base);

    /// As it was given; URI templates are matched with it.
    [[nodiscard]] std::string const& text() const noexcept { return text_; }

    /// Whether it is a URL, or a path that makes one. No URL Pattern matches another topic.
    [[nodiscard]] bool is_url() const noexcept { return !lines_.empty(); }

    /// The URL's components, canonical, one a line, in the order protocol, hostname, port, pathname, search, hash,
    /// username, password: what is most telling comes first. Empty where it is no URL.
    [[nodiscard]] std::string const& lines() const noexcept { return lines_; }

private:
    std::string text_;
    std::string lines_;
};

} // namespace sluice::url_pattern
