#pragma once

#include <sluice/topic_patterns.hpp>
#include <url_pattern/export.hpp>
#include <url_pattern/topic.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::url_pattern {

/// URL Patterns for a hub whose streams may name topics by them. Relative patterns and topics are resolved against the
/// base.
/// @code
/// sluice::broker_config config;
/// config.patterns = sluice::url_pattern::make_topic_patterns(
///     *sluice::url_pattern::base_url::parse("https://hub.example/"));
/// @endcode
///
/// They also know URI templates, by the texts that `make_template_text` makes: in a grant or an interest which the
/// application itself puts together. As a client's own pattern such a text is refused.
[[nodiscard]] SLUICE_URL_PATTERN_EXPORT std::shared_ptr<topic_patterns const> make_topic_patterns(base_url base);

/// The text that stands for a URI template (`compile_template`) among a hub's patterns. It begins with a brace that
/// closes nothing, as no URL Pattern can. A text that is no template matches nothing.
/// @code
/// grant.private_topics = sluice::topic_selection::of({}, {sluice::url_pattern::make_template_text("/users/{id}")});
/// @endcode
[[nodiscard]] SLUICE_URL_PATTERN_EXPORT std::string make_template_text(std::string_view uri_template);

/// The URI template that the text stands for; nothing if it is a URL Pattern.
[[nodiscard]] SLUICE_URL_PATTERN_EXPORT std::optional<std::string_view> template_in(std::string_view text) noexcept;

/// Judges a URI template as `topic_patterns::judge` does a URL Pattern.
[[nodiscard]] SLUICE_URL_PATTERN_EXPORT topic_patterns::verdict judge_template(std::string_view uri_template);

} // namespace sluice::url_pattern
