#include "publish_topics.hpp"

#include <algorithm>

namespace sluice::server {

publish_topics::publish_topics(std::vector<jwt::matcher> const& matchers, url_pattern::base_url const& base)
    : base_{base}
{
    auto const add = [this](url_pattern::outcome<url_pattern::pattern> const& made) {
        if (made) {
            patterns_.push_back(*made);
        }
    };
    for (auto const& one : matchers) {
        switch (one.kind) {
        case jwt::matcher_kind::everything:
            everything_ = true;
            break;
        case jwt::matcher_kind::url_pattern:
            add(url_pattern::compile(one.text, base));
            break;
        case jwt::matcher_kind::uri_template:
            add(url_pattern::compile_template(one.text));
            [[fallthrough]]; // the template's own text is a topic too
        case jwt::matcher_kind::exact:
            names_.push_back(one.text);
            break;
        }
    }
}

bool publish_topics::operator()(std::string_view topic) const
{
    if (everything_ || topic == "*") {
        return everything_;
    }
    if (std::ranges::find(names_, topic) != names_.end()) {
        return true;
    }
    if (patterns_.empty()) {
        return false;
    }
    url_pattern::topic const read{topic, base_};
    return std::ranges::any_of(patterns_, [&](url_pattern::pattern const& one) { return one.matches(read); });
}

} // namespace sluice::server
