#include "subscriber.hpp"

#include <sluice/http/problem.hpp>

#include <fmt/format.h>

#include <iterator>

namespace sluice::server::mercure {
namespace {

/// All but the unreserved characters as octets (RFC 6570, section 3.2.2).
void append_encoded(std::string& to, std::string_view text)
{
    for (char const c : text) {
        bool const is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                              c == '.' || c == '_' || c == '~';
        if (is_plain) {
            to += c;
        } else {
            fmt::format_to(std::back_inserter(to), "%{:02X}", static_cast<unsigned char>(c));
        }
    }
}

/// `,"name":…` with the JSON text, if there is one.
[[nodiscard]] std::string member(std::string_view name, std::string_view json)
{
    return json.empty() ? std::string{} : fmt::format(R"(,"{}":{})", name, json);
}

} // namespace

std::string path_of(subscription const& s, std::string_view subscriber_id)
{
    std::string path{subscriptions_path};
    for (std::string_view const part : {std::string_view{s.match_type}, std::string_view{s.match}, subscriber_id}) {
        if (!part.empty()) {
            append_encoded(path += '/', part);
        }
    }
    return path;
}

std::string describe(subscription const& s, std::string_view subscriber_id, bool active, document_form form,
                     std::string_view last_event_id)
{
    bool const is_v1 = form == document_form::v1;
    auto const selector = s.match_type.empty() || !is_v1
                              ? fmt::format(R"("topic":{})", json_string(s.match))
                              : fmt::format(R"("match_type":"{}","match":{})", s.match_type, json_string(s.match));
    return fmt::format(R"({{{}"id":{},"type":"{}",{},"subscriber":{},"active":{}{}{}}})",
                       is_v1 ? "" : R"("@context":"https://mercure.rocks/",)", json_string(path_of(s, subscriber_id)),
                       is_v1 ? "subscription" : "Subscription", selector, json_string(subscriber_id), active,
                       member("lastEventID", is_v1 || last_event_id.empty() ? "" : json_string(last_event_id)),
                       member("payload", s.payload ? std::string_view{*s.payload} : ""));
}

std::string describe_all(std::vector<std::string> const& documents, std::string_view path, document_form form,
                         std::string_view last_event_id)
{
    bool const is_v1 = form == document_form::v1;
    return fmt::format(R"({{{}"id":{},"type":"{}"{},"subscriptions":[{}]}})",
                       is_v1 ? "" : R"("@context":"https://mercure.rocks/",)", json_string(path),
                       is_v1 ? "subscriptions" : "Subscriptions",
                       is_v1 ? "" : member("lastEventID", json_string(last_event_id)), fmt::join(documents, ","));
}

} // namespace sluice::server::mercure
