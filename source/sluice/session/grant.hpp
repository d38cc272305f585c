#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// Every name, or those that are listed, or none. `Self`, which derives from it, says what the names are of.
template <class Self>
class name_selection {
public:
    /// Every name.
    [[nodiscard]] static Self everything()
    {
        Self all;
        all.everything_ = true;
        return all;
    }
    /// These names; none if the list is empty.
    [[nodiscard]] static Self of_names(std::vector<std::string> names)
    {
        Self some;
        some.names_ = std::move(names);
        return some;
    }

    /// Whether it is `everything`.
    [[nodiscard]] bool is_everything() const noexcept { return everything_; }
    /// The names that are listed; empty if it is every name or none.
    [[nodiscard]] std::vector<std::string> const& names() const noexcept { return names_; }

    /// Whether both list the same names in the same order.
    friend bool operator==(name_selection const&, name_selection const&) = default;

private:
    friend Self;
    name_selection() = default;

    bool everything_ = false;
    std::vector<std::string> names_;
};

/// Which events: every one, or those of some types, or none.
class selection : public name_selection<selection> {
public:
    /// No event, whatever its type.
    selection() = default;

    /// The events of these types; no event if the list is empty. (An event without a type has the type `message`.)
    [[nodiscard]] static selection of_types(std::vector<std::string> types) { return of_names(std::move(types)); }
    /// The types that it names; empty if it is every event or no event.
    [[nodiscard]] std::vector<std::string> const& types() const noexcept { return names(); }
};

/// Which topics: every one, or those that it names or that its patterns match, or none.
class topic_selection : public name_selection<topic_selection> {
public:
    /// No topic.
    topic_selection() = default;

    /// These topics, and those that one of the patterns matches (`broker_config::patterns`; a text that is no pattern
    /// matches nothing); no topic if both lists are empty.
    [[nodiscard]] static topic_selection of(std::vector<std::string> topics, std::vector<std::string> patterns = {})
    {
        auto some = of_names(std::move(topics));
        some.patterns_ = std::move(patterns);
        return some;
    }
    /// The topics that it names; empty if it is every topic or no topic.
    [[nodiscard]] std::vector<std::string> const& topics() const noexcept { return names(); }
    /// The patterns of topics; empty if it has none.
    [[nodiscard]] std::vector<std::string> const& patterns() const noexcept { return patterns_; }

    /// Whether both list the same topics and patterns in the same order.
    friend bool operator==(topic_selection const&, topic_selection const&) = default;

private:
    std::vector<std::string> patterns_;
};

/// What presence says of a client beside its subject, on some topics.
struct presence_payload {
    /// On which; patterns as in `grant::private_topics`.
    topic_selection topics{};
    /// JSON, and goes out as it is.
    std::string json{};

    /// Whether both say the same on the same topics.
    friend bool operator==(presence_payload const&, presence_payload const&) = default;
};

/// Who a client is and what it may have, as the application decides. Each claim to a session brings a grant, which
/// replaces the session's earlier one, also for what is replayed. Nothing is merged: what the grant does not give, the
/// client does not have.
/// @code
/// sluice::grant{.subject = "ann", .may_subscribe = sluice::selection::of_types({"news", "weather"})}
/// @endcode
struct grant {
    /// The authenticated user, which the ownership rule `token` compares; empty if there is none.
    std::string subject{};
    /// The events that the client may have. It gets those of them that it asks for, or all of them if it asks for none.
    /// Unless this is set, it gets no event.
    selection may_subscribe{};
    /// The topics of which the client may have private events too, as far as `may_subscribe` allows. Unless this is
    /// set, it gets no private event. What it asks for never widens this.
    topic_selection private_topics{};
    /// The name of the token that the client came with, by which it can be revoked; empty if it has none.
    std::string token_id{};
    /// When that token was issued; nothing if it does not say. To the millisecond, as `expires`.
    std::optional<std::chrono::system_clock::time_point> issued{};
    /// When the grant ends, by the wall clock; nothing if it does not. A stream that stands then gets the event
    /// `token-expired` and ends (`end_reason::grant_expired`). Its session stays, for a claim with another grant.
    std::optional<std::chrono::system_clock::time_point> expires{};

    /// What presence says of the client: on a topic, the first of these that has the topic.
    std::vector<presence_payload> payloads{};
    /// Whether presence tells the subject. If not, the client's streams are counted like those without a subject.
    bool tells_subject = true;

    /// A grant of every event, private ones included, as without `handler_options::authorize`.
    [[nodiscard]] static grant of_everything(std::string subject = {})
    {
        grant all;
        all.subject = std::move(subject);
        all.may_subscribe = selection::everything();
        all.private_topics = topic_selection::everything();
        return all;
    }

    /// Whether all of it is equal.
    friend bool operator==(grant const&, grant const&) = default;
};

} // namespace sluice
