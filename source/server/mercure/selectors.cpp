#include "selectors.hpp"

#include <boost/algorithm/string/predicate.hpp>

#include <fmt/format.h>

#include <utility>

namespace sluice::server::mercure {
namespace {

/// Keeps the first text that is not empty.
void keep_first(std::string& kept, std::string& text)
{
    if (kept.empty()) {
        kept = std::move(text);
    }
}

void add(selectors& to, std::string& name, std::string& value)
{
    if (name == "topic") {
        to.topics.emplace_back(std::move(name), std::move(value));
    } else if (boost::algorithm::istarts_with(name, "match")) {
        to.matchers.emplace_back(std::move(name), std::move(value));
    } else if (name == "lastEventID" || name == "Last-Event-ID") {
        keep_first(to.last_id, value);
    } else if (name == "last_event_id") {
        keep_first(to.last_id_v1, value);
    }
}

} // namespace

expected<selectors> read_selectors(std::string_view query, std::string_view form)
{
    selectors all;
    for (auto const& [text, place] : {std::pair{query, "query"}, std::pair{form, "body"}}) {
        auto fields = parse_form(text, place);
        if (fields.has_error()) {
            return fields.error();
        }
        for (auto& [name, value] : *fields) {
            add(all, name, value);
        }
    }
    if (all.topics.empty() && all.matchers.empty()) {
        return bad_request("the request names no topic: by Mercure 1.0 with 'match' or 'match_urlpattern', by 0.x with "
                           "'topic'");
    }
    if (!all.topics.empty() && !all.matchers.empty()) {
        return bad_request(fmt::format("'topic' is of Mercure 0.x and '{}' of 1.0: a request speaks one of them",
                                       all.matchers.front().first));
    }
    return all;
}

} // namespace sluice::server::mercure
