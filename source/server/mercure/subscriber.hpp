#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server::mercure {

/// Where the hub tells of subscriptions.
inline constexpr std::string_view subscriptions_path = "/.well-known/mercure/subscriptions";

/// One selector of a stream.
struct subscription {
    /// `exact` or `urlpattern`; empty for a selector of Mercure 0.x.
    std::string match_type;
    /// The selector as it was given.
    std::string match;
    /// What the stream's token has about it, as JSON; null: nothing.
    std::shared_ptr<std::string const> payload{};
};

/// The topic of a subscription, which is also the path at which the hub tells of it. Each variable part is
/// percent-encoded once. The hub calls a subscriber by a random URN.
[[nodiscard]] std::string path_of(subscription const& s, std::string_view subscriber_id);

/// Whether documents are those of Mercure 0.x or of 1.0.
enum class document_form { v0, v1 };

/// The document of one subscription. `last_event_id`, by 0.x, is told where it is not empty.
[[nodiscard]] std::string describe(subscription const& s, std::string_view subscriber_id, bool active,
                                   document_form form, std::string_view last_event_id = {});

/// The document of several, which was asked for at the path.
[[nodiscard]] std::string describe_all(std::vector<std::string> const& documents, std::string_view path,
                                       document_form form, std::string_view last_event_id);

} // namespace sluice::server::mercure
