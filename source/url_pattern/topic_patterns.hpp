#pragma once

#include <sluice/topic_patterns.hpp>
#include <url_pattern/export.hpp>
#include <url_pattern/topic.hpp>

#include <memory>

namespace sluice::url_pattern {

/// URL Patterns for a hub whose streams may name topics by them. Relative patterns and topics are resolved against the
/// base.
/// @code
/// sluice::broker_config config;
/// config.patterns = sluice::url_pattern::make_topic_patterns(
///     *sluice::url_pattern::base_url::parse("https://hub.example/"));
/// @endcode
[[nodiscard]] SLUICE_URL_PATTERN_EXPORT std::shared_ptr<topic_patterns const> make_topic_patterns(base_url base);

} // namespace sluice::url_pattern
