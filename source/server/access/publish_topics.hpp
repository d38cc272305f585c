#pragma once

#include "access/jwt/token_grant.hpp"
#include <url_pattern/pattern.hpp>
#include <url_pattern/topic.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

/// The topics that a token allows publishing to, with its patterns compiled. Several threads may use it at once.
class publish_topics {
public:
    /// A URL Pattern that cannot be used allows nothing; a URI template that cannot allows the topic that it is.
    publish_topics(std::vector<jwt::matcher> const& matchers, url_pattern::base_url const& base);

    /// Whether the topic is among them; `*`: whether every topic is.
    [[nodiscard]] bool operator()(std::string_view topic) const;

private:
    url_pattern::base_url base_;
    bool everything_ = false;
    std::vector<std::string> names_;
    std::vector<url_pattern::pattern> patterns_;
};

} // namespace sluice::server
