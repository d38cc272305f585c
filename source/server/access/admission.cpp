#include "admission.hpp"

#include <url_pattern/topic_patterns.hpp>

#include <string_view>
#include <utility>
#include <vector>

namespace sluice::server {
namespace {

/// The topics of which a token allows private events. A template of Mercure 0.x also allows the topic that is written
/// as it is.
[[nodiscard]] topic_selection private_topics_of(jwt::token_grant const& token)
{
    std::vector<std::string> names;
    std::vector<std::string> patterns;
    for (auto const& one : token.subscribe) {
        switch (one.kind) {
        case jwt::matcher_kind::everything:
            return topic_selection::everything();
        case jwt::matcher_kind::url_pattern:
            patterns.push_back(one.text);
            break;
        case jwt::matcher_kind::uri_template:
            patterns.push_back(url_pattern::make_template_text(one.text));
            [[fallthrough]];
        case jwt::matcher_kind::exact:
            names.push_back(one.text);
            break;
        }
    }
    return topic_selection::of(std::move(names), std::move(patterns));
}

/// The topics of one matcher.
[[nodiscard]] topic_selection topics_of(jwt::matcher const& one)
{
    jwt::token_grant alone;
    alone.subscribe.push_back(one);
    return private_topics_of(alone);
}

/// What presence says of the bearer: what the token says beside a matcher, or else of all topics.
[[nodiscard]] std::vector<presence_payload> payloads_of(jwt::token_grant const& token)
{
    std::vector<presence_payload> all;
    for (auto const& one : token.subscribe) {
        if (one.payload) {
            all.push_back({.topics = topics_of(one), .json = *one.payload});
        }
    }
    if (token.payload) {
        all.push_back({.topics = topic_selection::everything(), .json = *token.payload});
    }
    return all;
}

} // namespace

grant admission::to_subscribe() const
{
    if (everything) {
        auto all = grant::of_everything(subject);
        // A static token cannot be revoked, and says nothing of who has it.
        all.issued = std::chrono::system_clock::time_point::max();
        all.tells_subject = false;
        return all;
    }
    grant g{.subject = subject, .may_subscribe = selection::everything()};
    if (token) {
        g.private_topics = private_topics_of(*token);
        g.payloads = payloads_of(*token);
        g.token_id = token->token_id;
        g.issued = token->issued;
        g.expires = ends;
    }
    return g;
}

publish_rights admission::to_publish() const
{
    if (everything) {
        return {};
    }
    return [by = token](std::string_view topic) { return by && by->may_publish && by->may_publish(topic); };
}

bool admission::may_publish_everything() const { return everything || to_publish()("*"); }

} // namespace sluice::server
