#include "rights.hpp"

#include "json_object.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace sluice::server::jwt {
namespace {

namespace json = boost::json;
using payload_ptr = std::shared_ptr<std::string const>;

[[nodiscard]] payload_ptr payload_of(json::object const& of)
{
    auto const* const value = of.if_contains("payload");
    if (value == nullptr || value->is_null()) {
        return nullptr;
    }
    return std::make_shared<std::string const>(json::serialize(*value));
}

/// A selector of Mercure 0.x: `*`, a URI template, or a topic.
[[nodiscard]] matcher selector(std::string_view text)
{
    if (text == "*") {
        return {.kind = matcher_kind::everything};
    }
    bool const is_template = text.find('{') != std::string_view::npos;
    return {.kind = is_template ? matcher_kind::uri_template : matcher_kind::exact, .text = std::string{text}};
}

[[nodiscard]] std::optional<refusal> read_selectors(json::value const* list, std::vector<matcher>& to)
{
    if (list == nullptr || list->is_null()) {
        return std::nullopt;
    }
    if (!list->is_array()) {
        return refusal::mercure_list;
    }
    for (auto const& one : list->get_array()) {
        auto const text = string_of(&one);
        if (!text) {
            return refusal::mercure_list;
        }
        to.push_back(selector(*text));
    }
    return std::nullopt;
}

[[nodiscard]] std::optional<refusal> read_claim(json::value const& claim, token_grant& grant)
{
    auto const* const object = claim.if_object();
    if (object == nullptr) {
        return refusal::mercure_form;
    }
    grant.payload = payload_of(*object);
    if (auto const why = read_selectors(object->if_contains("publish"), grant.publish)) {
        return why;
    }
    return read_selectors(object->if_contains("subscribe"), grant.subscribe);
}

struct actions {
    bool publish = false;
    bool subscribe = false;
};

/// Unknown actions are ignored.
[[nodiscard]] std::optional<actions> read_actions(json::value const* list)
{
    if (list == nullptr || !list->is_array() || list->get_array().empty()) {
        return std::nullopt;
    }
    actions read;
    for (auto const& one : list->get_array()) {
        auto const action = string_of(&one);
        if (!action) {
            return std::nullopt;
        }
        read.publish = read.publish || action == "publish";
        read.subscribe = read.subscribe || action == "subscribe";
    }
    return read;
}

[[nodiscard]] std::optional<refusal> read_topic(json::value const& topic, matcher& to)
{
    auto const* const object = topic.if_object();
    if (object == nullptr) {
        return refusal::details_topics;
    }
    auto const match = string_of(object->if_contains("match"));
    if (!match || match->empty()) {
        return refusal::details_match;
    }
    auto const type = string_of(object->if_contains("match_type"));
    if (object->contains("match_type") && type != "exact" && type != "urlpattern") {
        return refusal::details_match_type;
    }
    if (match == "*") {
        to.kind = matcher_kind::everything;
        return std::nullopt;
    }
    to.kind = type == "urlpattern" ? matcher_kind::url_pattern : matcher_kind::exact;
    to.text = *match;
    return std::nullopt;
}

[[nodiscard]] std::optional<refusal> read_detail(json::object const& detail, token_grant& grant)
{
    auto const allowed = read_actions(detail.if_contains("actions"));
    if (!allowed) {
        return refusal::details_actions;
    }
    auto const* const topics = detail.if_contains("topics");
    if (topics == nullptr || !topics->is_array() || topics->get_array().empty()) {
        return refusal::details_topics;
    }
    auto const payload = payload_of(detail);
    for (auto const& topic : topics->get_array()) {
        matcher one;
        if (auto const why = read_topic(topic, one)) {
            return why;
        }
        if (allowed->publish) {
            grant.publish.push_back(one);
        }
        if (allowed->subscribe) {
            one.payload = payload;
            grant.subscribe.push_back(std::move(one));
        }
    }
    return std::nullopt;
}

[[nodiscard]] bool is_access_token(std::string_view typ)
{
    using boost::algorithm::iequals;
    return iequals(typ, "at+jwt") || iequals(typ, "application/at+jwt");
}

/// Entries of other types belong to other servers.
[[nodiscard]] std::optional<refusal> read_details(json::value const& details, std::string_view typ, token_grant& grant)
{
    auto const* const list = details.if_array();
    if (list == nullptr) {
        return refusal::details_form;
    }
    for (auto const& entry : *list) {
        auto const* const object = entry.if_object();
        auto const type = object == nullptr ? std::nullopt : string_of(object->if_contains("type"));
        if (!type) {
            return refusal::details_form;
        }
        if (type != detail_type) {
            continue;
        }
        grant.dialect = dialect::v1;
        if (!is_access_token(typ)) {
            return refusal::details_type;
        }
        if (auto const why = read_detail(*object, grant)) {
            return why;
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<refusal> read_rights(json::object const& claims, std::string_view typ, token_grant& grant)
{
    std::optional<refusal> why;
    if (auto const* const details = claims.if_contains("authorization_details")) {
        why = read_details(*details, typ, grant);
    }
    if (!why && grant.dialect == dialect::v0) {
        auto const* const named = claims.if_contains("https://mercure.rocks/");
        auto const* const claim = named == nullptr ? claims.if_contains("mercure") : named;
        why = claim == nullptr || claim->is_null() ? std::nullopt : read_claim(*claim, grant);
    }
    if (!why && grant.publish.size() + grant.subscribe.size() > most_matchers) {
        why = refusal::too_many_matchers;
    }
    return why;
}

} // namespace sluice::server::jwt
